import { limits } from '../limits.ts'
import { latinTwins } from './latin-twins.ts'
import { type Edit, edited, type View } from './view.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with control characters
const onlyAscii = /^[\x00-\x7f]*$/

// Letters that are their own NFKC form when no mark follows, so that most scripts cost nothing here.
const stable =
  '\\u00c0-\\u0131\\u0391-\\u03a1\\u03a3-\\u03c9\\u0400-\\u0481\\u05d0-\\u05ea\\u0621-\\u064a\\u0904-\\u0939\\u3041-\\u3093\\u30a1-\\u30f3\\u4e00-\\u9fff\\uac00-\\ud7a3'
const marks = '[\\p{M}\\uff9e\\uff9f]'
const clusters = new RegExp(
  [
    `[^\\p{M}\\p{DI}]${marks}{1,${limits.marksMax}}`,
    '[\\u1100-\\u115e][\\u1161-\\u11a7]?[\\u11a8-\\u11ff]?',
    // A syllable without a final consonant still takes one.
    '[\\uac00-\\ud7a3][\\u11a8-\\u11c2]',
    '\\p{DI}+',
    `[^\\x00-\\x7f${stable}]`,
  ].join('|'),
  'gu',
)

/**
 * The text as a reader means it: NFKC (UAX #15), without characters that show nothing, with what
 * tag characters spell, and with look-alikes of Latin letters as those letters.
 */
export function plainView(view: View): View {
  if (onlyAscii.test(view.text)) return view
  const visible = edited(view, 'plain', normalisations(view.text))
  const text = twins(visible.text)
  return text === visible.text ? visible : { ...visible, name: 'plain', text }
}

function normalisations(text: string): Edit[] {
  const edits: Edit[] = []
  for (const { 0: cluster, index: from } of text.matchAll(clusters)) {
    const meant = ignorable.test(cluster) ? spelledByTags(cluster) : cluster.normalize('NFKC')
    if (meant !== cluster) edits.push({ from, to: from + cluster.length, text: meant })
  }
  return edits
}

const ignorable = /^\p{DI}/u

/** Tag characters (U+E0020 to U+E007E) are ASCII that no screen shows and that models read. */
function spelledByTags(cluster: string): string {
  let spelled = ''
  for (const character of cluster) {
    const code = character.codePointAt(0)! - 0xe0000
    if (code >= 0x20 && code <= 0x7e) spelled += String.fromCharCode(code)
  }
  return spelled
}

const words = /[\p{L}\p{M}\p{N}]+/gu
const foreign = /[^a-z0-9]/giu
/** A word of look-alikes alone is taken for Latin from this length on: Russian has short ones of its own. */
const foreignWordMin = 4
const ownAlphabet = /^[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]+$/u

/** Look-alikes are one unit long each, as the letters are, so that the maps stay as they were. */
function twins(text: string): string {
  if (onlyAscii.test(text)) return text
  return text.replace(words, (word) => {
    const strangers = word.match(foreign)
    if (!strangers?.every((letter) => latinTwins.has(letter))) return word
    if (word.length < foreignWordMin && ownAlphabet.test(word)) return word
    return word.replace(foreign, (letter) => latinTwins.get(letter)!)
  })
}
