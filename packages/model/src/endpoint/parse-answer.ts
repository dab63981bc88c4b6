import { EngineError } from '../errors.ts'
import { limits } from '../limits.ts'

/**
 * The JSON of an answer, which nobody vouches for: UTF-8, of bounded depth.
 * @throws EngineError ENDPOINT_ANSWER_INVALID
 */
export function parseAnswer(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw answerInvalid('is not UTF-8 text', cause)
  }
  if (depthOf(text) > limits.answerDepthMax) {
    throw answerInvalid(`is nested deeper than ${limits.answerDepthMax} levels`)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw answerInvalid('is no JSON', cause)
  }
}

/** The deepest nesting, told without a parser's stack; brackets within text do not count. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let isText = false
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]
    if (isText) {
      if (letter === '\\') i++
      else if (letter === '"') isText = false
    } else if (letter === '"') isText = true
    else if (letter === '[' || letter === '{') deepest = Math.max(deepest, ++depth)
    else if (letter === ']' || letter === '}') depth--
  }
  return deepest
}

/**
 * Exactly `count` finite numbers out of nested lists, in their order; no list inside may be longer than that.
 * @throws EngineError ENDPOINT_ANSWER_INVALID
 */
export function finiteNumbers(value: unknown, count: number, what: string): Float32Array {
  const numbers = new Float32Array(count)
  let at = 0
  const take = (part: unknown): void => {
    if (Array.isArray(part)) {
      for (const each of part) take(each)
      return
    }
    if (typeof part !== 'number' || !Number.isFinite(Math.fround(part))) {
      throw answerInvalid(`holds no finite number at position ${at} of its ${what}`)
    }
    if (at < count) numbers[at] = part
    at++
    if (at > count) throw answerInvalid(`holds more than the ${count} numbers of its ${what}`)
  }
  take(value)
  if (at !== count) throw answerInvalid(`holds ${at} numbers where its ${what} need ${count}`)
  return numbers
}

/** What is wrong with an answer; what it says is never repeated, only where. */
export function answerInvalid(what: string, cause?: unknown): EngineError {
  return new EngineError(
    'ENDPOINT_ANSWER_INVALID',
    `the answer of the endpoint ${what}; check its protocol and mapping`,
    cause === undefined ? {} : { cause },
  )
}
