import { assert } from '@merlon/core'
import { EngineError } from './errors.ts'
import type { NamedTensor } from './session.ts'

/** The first rows of a result. @throws EngineError UNSUPPORTED_SIGNATURE if it is not rows of that width */
export function rowsOf(result: NamedTensor | undefined, rows: number, width: number): Float32Array {
  const data = result?.data
  assert(data instanceof Float32Array, 'scores and gradients are float32')
  const [count = 0] = result?.shape ?? []
  if (data.length !== count * width || count < rows) {
    throw new EngineError(
      'UNSUPPORTED_SIGNATURE',
      `the model answered ${rows} samples with [${result?.shape.join(', ')}], not with ${width} numbers for each; its file promises another shape`,
    )
  }
  return data.subarray(0, rows * width)
}

/** The parts one after the other; a single part is not copied. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const [only, ...more] = parts
  if (only !== undefined && more.length === 0) return only
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}
