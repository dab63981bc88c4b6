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
