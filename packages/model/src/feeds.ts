import { elementTypeOf } from './element-type.ts'
import { EngineError, quoted } from './errors.ts'
import type { GraphPort } from './graph.ts'
import { limits } from './limits.ts'
import { dataClasses, type NamedTensor } from './session.ts'

/**
 * Checks raw inputs against what the model declares, so that a caller reads which input is wrong and why.
 * @throws EngineError INPUT_MISMATCH, SHAPE_MISMATCH, BATCH_TOO_LARGE
 */
export function checkFeeds(
  inputs: readonly GraphPort[],
  feeds: Readonly<Record<string, NamedTensor>>,
): void {
  for (const name of Object.keys(feeds)) {
    if (!inputs.some((input) => input.name === name)) {
      const known = inputs.map((input) => quoted(input.name)).join(', ')
      throw mismatch(`the model has no input ${quoted(name)}; its inputs are ${known}`)
    }
  }
  for (const input of inputs) {
    const feed = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined
    if (feed === undefined) throw mismatch(`input ${quoted(input.name)} is missing`)
    checkFeed(input, feed)
  }
}

function checkFeed({ name, type: code, shape }: GraphPort, feed: NamedTensor): void {
  const type = elementTypeOf(code)
  if (type === undefined) throw mismatch(`input ${quoted(name)} of the model is not a tensor`)
  if (feed.type !== type) {
    throw mismatch(`input ${quoted(name)} is ${quoted(feed.type)} and the model takes ${type}`)
  }
  const holdsItsType =
    type === 'string'
      ? Array.isArray(feed.data)
      : Object.hasOwn(dataClasses, type) &&
        feed.data instanceof dataClasses[type as keyof typeof dataClasses]
  if (!holdsItsType) throw mismatch(`input ${quoted(name)} does not hold ${type} numbers`)
  const fits =
    shape === undefined ||
    (shape.length === feed.shape.length &&
      shape.every((size, axis) => size < 0 || size === feed.shape[axis]))
  if (!fits) {
    const wanted = shape.map((size) => (size < 0 ? 'any' : size)).join(', ')
    throw new EngineError(
      'SHAPE_MISMATCH',
      `input ${quoted(name)} is [${feed.shape.join(', ')}] and the model takes [${wanted}]`,
    )
  }
  const isShape =
    feed.shape.length <= limits.tensorRankMax &&
    feed.shape.every((size) => Number.isInteger(size) && size >= 0)
  const numbers = feed.shape.reduce((product, size) => product * size, 1)
  if (!isShape || numbers !== feed.data.length) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `input ${quoted(name)} has ${feed.data.length} numbers, which do not fill [${feed.shape.join(', ')}]`,
    )
  }
  if (numbers > limits.feedNumbersMax) {
    throw new EngineError(
      'BATCH_TOO_LARGE',
      `input ${quoted(name)} has ${numbers} numbers, more than ${limits.feedNumbersMax}; split it`,
    )
  }
}

function mismatch(message: string): EngineError {
  return new EngineError('INPUT_MISMATCH', message)
}
