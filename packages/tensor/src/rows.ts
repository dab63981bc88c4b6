import { assert } from '@merlon/core'
import { sizeOf, type Tensor, tensor } from './tensor.ts'

/** How many samples a batch holds: its first dimension. */
export function rows(batch: Tensor): number {
  const [count] = batch.shape
  assert(count !== undefined, 'a batch has a leading count')
  return count
}

/** The numbers of sample `i`, as a view: writing to it writes to the batch. */
export function row(batch: Tensor, i: number): Float32Array {
  const isRow = Number.isInteger(i) && i >= 0 && i < rows(batch)
  // Written only where it is needed: this is called for every sample of every step.
  if (!isRow) assert(isRow, `row ${i} is in the batch`)
  const size = rowSize(batch)
  return batch.data.subarray(i * size, (i + 1) * size)
}

/** A copy of the samples from `start` up to, not including, `end`. */
export function slice(batch: Tensor, start: number, end: number): Tensor {
  const isRange = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end
  assert(isRange && end <= rows(batch), `rows ${start} to ${end} are in the batch`)
  const size = rowSize(batch)
  const shape = [end - start, ...batch.shape.slice(1)]
  return tensor(shape, batch.data.slice(start * size, end * size))
}

/** A copy of the samples at `indices`, in that order. */
export function gather(batch: Tensor, indices: ArrayLike<number>): Tensor {
  const size = rowSize(batch)
  const data = new Float32Array(indices.length * size)
  for (let k = 0; k < indices.length; k++) data.set(row(batch, indices[k]!), k * size)
  return tensor([indices.length, ...batch.shape.slice(1)], data)
}

/** A batch made of single samples, each of `shape`. */
export function stack(samples: readonly Float32Array[], shape: readonly number[]): Tensor {
  const size = sizeOf(shape)
  const data = new Float32Array(samples.length * size)
  for (const [i, sample] of samples.entries()) {
    assert(sample.length === size, `sample ${i} fills [${shape.join(', ')}]`)
    data.set(sample, i * size)
  }
  return tensor([samples.length, ...shape], data)
}

/**
 * The index of each row's largest number, the first of equals.
 * A row that holds a NaN, or nothing, has no largest number: -1, which is nobody's label.
 */
export function argmaxRows(batch: Tensor): Int32Array {
  const best = new Int32Array(rows(batch)).fill(-1)
  for (let i = 0; i < best.length; i++) {
    const values = row(batch, i)
    let largest = Number.NEGATIVE_INFINITY
    for (let k = 0; k < values.length; k++) {
      const value = values[k]!
      if (Number.isNaN(value)) {
        best[i] = -1
        break
      }
      if (value > largest || k === 0) {
        largest = value
        best[i] = k
      }
    }
  }
  return best
}

function rowSize({ shape, data }: Tensor): number {
  const [count = 0] = shape
  return count === 0 ? sizeOf(shape.slice(1)) : data.length / count
}
