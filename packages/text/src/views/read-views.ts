import { limits } from '../limits.ts'
import { TextError } from '../text-error.ts'
import { codingEdits } from './codings.ts'
import { escapeEdits } from './escapes.ts'
import { foldedView } from './folded-view.ts'
import { plainView } from './plain-view.ts'
import { edited, type View, writtenView } from './view.ts'

/** A text as written and as meant. */
export interface Views {
  readonly written: View
  /** Without tricks of Unicode; the written view itself where there were none. */
  readonly plain: View
  /** With every coding read; the plain view itself where there was none. */
  readonly decoded: View
  /** Every view that differs from the others, the written one first. */
  readonly distinct: readonly View[]
  /** What could not be read for a limit; a text with such parts is never simply clean. */
  readonly unread: readonly string[]
}

/**
 * Reads a text as written, as meant and decoded, in time that is linear in its length.
 * @throws TextError TEXT_TOO_LONG
 */
export function readViews(text: string): Views {
  if (text.length > limits.charsMax) {
    const { length } = text
    const advice = 'give it in parts or as a stream'
    throw new TextError(
      'TEXT_TOO_LONG',
      `the text has ${length} characters, more than ${limits.charsMax}; ${advice}`,
    )
  }
  const written = writtenView(text)
  const plain = plainView(written)
  const { view: decoded, isComplete } = decode(plain)
  const distinct = [...new Set([written, plain, decoded])]
  const unread = isComplete ? [] : [`codings more than ${limits.decodeDepthMax} deep`]
  return { written, plain, decoded, distinct, unread }
}

/** Views for words rather than values: folded, and also rot13 and reversed. */
export function wordViews({ distinct }: Views): readonly View[] {
  return distinct.flatMap((view) => {
    const folded = foldedView(view)
    return [folded, rot13View(folded), reversedView(folded)]
  })
}

function decode(plain: View): { readonly view: View; readonly isComplete: boolean } {
  let view = plain
  for (let depth = 0; depth < limits.decodeDepthMax; depth++) {
    const next = decodeOnce(view)
    if (next === view) return { view, isComplete: true }
    view = next
  }
  return { view, isComplete: decodeOnce(view) === view }
}

function decodeOnce(view: View): View {
  const decoded = [escapeEdits, ...codingEdits].reduce(
    (before, editsOf) => edited(before, 'decoded', editsOf(before.text)),
    view,
  )
  // What was encoded may hide characters of its own.
  return decoded === view ? view : { ...plainView(decoded), name: 'decoded' }
}

/** Letters thirteen places on; everything else stays. */
function rot13View(view: View): View {
  const text = view.text.replace(/[a-z]/g, (letter) =>
    String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97),
  )
  return { ...view, name: 'rot13', text }
}

function reversedView({ text, starts, ends }: View): View {
  return {
    name: 'reversed',
    // By unit, as the maps are; a pair of surrogates means nothing to a rule about words.
    text: text.split('').reverse().join(''),
    starts: starts.slice().reverse(),
    ends: ends.slice().reverse(),
  }
}
