import { isUtf8 } from 'node:buffer'
import type { Edit } from './view.ts'

/** A way to write a whole passage in other characters. */
interface Coding {
  /** One or more runs of it. Each form is a chain of fixed pieces, so that matching is linear. */
  readonly form: RegExp
  readonly bytes: (run: string) => Buffer
}

const codings: readonly Coding[] = [
  // eight binary digits for each byte
  {
    form: /(?<![0-9])[01]{8}(?:[ ,]?[01]{8}){3,}(?![0-9])/g,
    bytes: (run) =>
      Buffer.from((run.match(/[01]{8}/g) ?? []).map((digits) => Number.parseInt(digits, 2))),
  },
  // two hexadecimal digits for each byte, joined or apart
  {
    form: /(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{2}(?:[ :,]?(?:0x)?[0-9a-fA-F]{2}){5,}(?![0-9A-Za-z])/g,
    bytes: (run) => Buffer.from(run.replace(/0x|[ :,]/g, ''), 'hex'),
  },
  // RFC 4648, both alphabets, also broken into lines
  {
    form: /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}/g,
    bytes: (run) => Buffer.from(run, 'base64'),
  },
]

/** Each passage that decodes to readable text, as that text. */
export const codingEdits: readonly ((text: string) => Edit[])[] = codings.map(
  ({ form, bytes }) =>
    (text) => {
      const edits: Edit[] = []
      for (const { 0: run, index: from } of text.matchAll(form)) {
        const said = readable(bytes(run))
        if (said !== undefined) edits.push({ from, to: from + run.length, text: said })
      }
      return edits
    },
)

/** Words and numbers seldom decode to something readable, and never to much of it. */
function readable(bytes: Buffer): string | undefined {
  if (bytes.length < 4 || !isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  return unreadable.test(text) ? undefined : text
}

const unreadable = /[^\P{C}\t\n\r\p{Cf}]/u
