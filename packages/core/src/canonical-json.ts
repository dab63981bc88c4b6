import { CodedError } from './coded-error.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

const depthMax = 64

/**
 * The one text of a JSON value (RFC 8785, JCS): members sorted by UTF-16 code units, numbers as
 * ECMAScript prints them, no white space. Members that are `undefined` are left out.
 * @throws CodedError NOT_CANONICAL for NaN, infinities, lone surrogates and nesting deeper than 64.
 */
export function canonicalJson(value: Json): string {
  return write(value, 0)
}

function write(value: Json, depth: number): string {
  if (depth > depthMax) throw notCanonical(`nesting is deeper than ${depthMax}`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notCanonical('a number is not finite')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') return writeString(value)
  if (isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  const members: string[] = []
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member !== undefined) members.push(`${writeString(name)}:${write(member, depth + 1)}`)
  }
  return `{${members.join(',')}}`
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw notCanonical('a string holds a lone surrogate')
  return JSON.stringify(text)
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function notCanonical(why: string): CodedError<'NOT_CANONICAL'> {
  return new CodedError('NOT_CANONICAL', `the value has no canonical JSON: ${why}`)
}
