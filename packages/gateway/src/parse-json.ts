import { isUtf8 } from 'node:buffer'
import { GatewayError } from './gateway-error.ts'

export interface ParsedJson {
  readonly value: unknown
  /** A bare `NaN` or `Infinity` stood in the text: the value holds it as a string, and must be refused. */
  readonly bareToken?: string
}

/**
 * A body as JSON. `NaN` and `Infinity`, which Python writes and JSON lacks, come back as strings in their place,
 * so that whoever looks at the tensors can name the input that holds them.
 * @throws GatewayError BODY_NOT_JSON, JSON_TOO_DEEP
 */
export function parseJson(body: Buffer, depthMax: number): ParsedJson {
  if (body.length === 0) throw notJson('the body is empty; send a JSON object with "inputs"')
  if (!isUtf8(body)) throw notJson('the body is not UTF-8')
  refuseDepth(body, depthMax)
  const text = body.toString('utf8')
  const parsed = tryParse(text)
  if (parsed !== undefined) return parsed
  const { quoted, bareToken } = quoteBareTokens(text)
  const relaxed = bareToken === undefined ? undefined : tryParse(quoted)
  if (bareToken === undefined || relaxed === undefined) throw notJson('the body is not JSON')
  return { ...relaxed, bareToken }
}

function tryParse(text: string): ParsedJson | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

const openers = new Set([0x5b, 0x7b])
const closers = new Set([0x5d, 0x7d])
const quoteMark = 0x22
const backslash = 0x5c

/** Counts brackets outside strings, before anything that nests is built. */
function refuseDepth(body: Buffer, depthMax: number): void {
  let depth = 0
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!
    if (byte === quoteMark) i = endOfString(body, i)
    else if (byte < 0x5b) continue
    else if (openers.has(byte)) depth++
    else if (closers.has(byte)) depth--
    if (depth > depthMax) {
      throw new GatewayError('JSON_TOO_DEEP', `the JSON body nests deeper than ${depthMax} levels`)
    }
  }
}

function endOfString(body: Buffer, start: number): number {
  let i = start + 1
  while (i < body.length && body[i] !== quoteMark) i += body[i] === backslash ? 2 : 1
  return i
}

const bareTokens = ['NaN', '-NaN', 'Infinity', '-Infinity'] as const

/** A scan by hand: a pattern with strings in it could backtrack over a hostile text. */
function quoteBareTokens(text: string): {
  readonly quoted: string
  readonly bareToken: string | undefined
} {
  const pieces: string[] = []
  let copied = 0
  let bareToken: string | undefined
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (character === '"') {
      i++
      while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
    } else if (character === 'N' || character === 'I' || character === '-') {
      const token = bareTokens.find((word) => text.startsWith(word, i))
      if (token === undefined) continue
      bareToken ??= token
      pieces.push(text.slice(copied, i), `"${token}"`)
      i += token.length - 1
      copied = i + 1
    }
  }
  pieces.push(text.slice(copied))
  return { quoted: pieces.join(''), bareToken }
}

function notJson(message: string): GatewayError {
  return new GatewayError('BODY_NOT_JSON', message)
}
