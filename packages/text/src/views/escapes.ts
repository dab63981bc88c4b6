import type { Edit } from './view.ts'

/** A way to write text in other characters: its form, and what one written piece of it says. */
interface Escape {
  readonly form: string
  /** `undefined` where it says nothing readable. */
  readonly read: (written: string) => string | undefined
}

const names: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  colon: ':',
  commat: '@',
  equals: '=',
  excl: '!',
  gt: '>',
  lpar: '(',
  lt: '<',
  nbsp: ' ',
  NewLine: '\n',
  num: '#',
  period: '.',
  quest: '?',
  quot: '"',
  rpar: ')',
  sol: '/',
  Tab: '\t',
}

const escapes: readonly Escape[] = [
  // RFC 3986: the bytes of one UTF-8 character
  {
    form: '%(?:[0-7][0-9a-fA-F]|[cC][2-9a-fA-F]%[89abAB][0-9a-fA-F]|[dD][0-9a-fA-F]%[89abAB][0-9a-fA-F]|[eE][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){2}|[fF][0-4](?:%[89abAB][0-9a-fA-F]){3})',
    read(written) {
      try {
        return decodeURIComponent(written)
      } catch {
        return undefined // an overlong form or a surrogate: not UTF-8
      }
    },
  },
  // HTML: numbers
  {
    form: '&#[xX][0-9a-fA-F]{1,6};?',
    read: (written) => character(written.replace(/[^0-9a-f]/gi, ''), 16),
  },
  { form: '&#[0-9]{1,7};?', read: (written) => character(written.replace(/\D/g, ''), 10) },
  // HTML: the names of what ASCII text is hidden with
  {
    form: `&(?:${Object.keys(names).join('|')});`,
    read: (written) => names[written.slice(1, -1)],
  },
  // JavaScript, JSON, Python, C
  { form: '\\\\u\\{[0-9a-fA-F]{1,6}\\}', read: (written) => character(written.slice(3, -1), 16) },
  { form: '\\\\u[0-9a-fA-F]{4}', read: (written) => character(written.slice(2), 16) },
  { form: '\\\\U[0-9a-fA-F]{8}', read: (written) => character(written.slice(2), 16) },
  { form: '\\\\x[0-9a-fA-F]{2}', read: (written) => character(written.slice(2), 16) },
  // The notation of the Unicode standard
  {
    form: '(?<![0-9A-Za-z])U\\+[0-9A-F]{4,6}(?![0-9A-Za-z])[ ,]?',
    read: (written) => character(written.slice(2).replace(/[ ,]$/, ''), 16),
  },
]

const anyEscape = new RegExp(escapes.map(({ form }) => `(${form})`).join('|'), 'g')

/** Each escape of a text, as what it says. */
export function escapeEdits(text: string): Edit[] {
  const edits: Edit[] = []
  for (const match of text.matchAll(anyEscape)) {
    const which = match.findIndex((group, i) => i > 0 && group !== undefined) - 1
    const said = escapes[which]!.read(match[0])
    if (said === undefined) continue
    edits.push({ from: match.index, to: match.index + match[0].length, text: said })
  }
  return edits
}

function character(digits: string, base: number): string | undefined {
  const code = Number.parseInt(digits, base)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
