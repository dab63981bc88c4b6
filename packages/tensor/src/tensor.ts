import { assert } from '@merlon/core'

/** Row-major float32 numbers. `data.length` is the product of `shape`; a batch has its count first. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** @throws Error (a bug) if the data does not fill the shape */
export function tensor(shape: readonly number[], data: Float32Array): Tensor {
  const isFull = sizeOf(shape) === data.length
  // Written only where it is needed, as in `row`.
  if (!isFull) assert(isFull, `${data.length} numbers fill [${shape.join(', ')}]`)
  return { shape, data }
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1)
}
