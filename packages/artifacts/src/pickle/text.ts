import type { Text } from './value.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** The characters of a string opcode. Escapes are undone as Python undoes them. */
export function decodeText(bytes: Uint8Array, { start, end, form }: Text): string {
  const raw = bytes.subarray(start, end)
  if (form === 'utf-8') return utf8.decode(raw)
  const latin = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('latin1')
  if (form === 'raw-unicode-escape') return latin.replace(unicodeEscapes, unescapeUnicode)
  return latin.replace(stringEscapes, unescapeString)
}

const unicodeEscapes = /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g

function unescapeUnicode(whole: string, short?: string, long?: string): string {
  const code = Number.parseInt(short ?? long ?? '', 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole
}

const stringEscapes = /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g
const singles: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

function unescapeString(whole: string, hex?: string, octal?: string, single?: string): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255)
  return singles[single ?? ''] ?? whole
}
