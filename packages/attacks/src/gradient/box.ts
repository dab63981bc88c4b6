import { type Tensor, tensor } from '@merlon/tensor'
import type { InputRange } from '../attack.ts'

/** A change of variable under which every point lies in the range, so that a step need not be clipped. */
export interface Box {
  /** The variable at the samples themselves. */
  readonly start: () => Float64Array
  /** The points of the samples at `indices`. */
  readonly points: (w: Float64Array, indices: ArrayLike<number>) => Tensor
  /** d x_k / d w_k where x_k has that value. */
  readonly slope: (value: number, k: number) => number
}

/** How near to the ends of the range the variable begins, so that it has somewhere to go. */
const inner = 0.999999

/**
 * x = low + (high - low) (tanh w + 1) / 2 (Carlini and Wagner 2017, section V-B); without a range x = w. A component that lies
 * outside the range has a range that reaches up to it.
 */
export function boxAround(batch: Tensor, range: InputRange): Box {
  const size = batch.data.length / (batch.shape[0] || 1)
  const shapeOf = (count: number) => [count, ...batch.shape.slice(1)]
  const low = (k: number) => (range === null ? 0 : Math.min(range[0], batch.data[k]!))
  const half = (k: number) =>
    range === null ? 1 : (Math.max(range[1], batch.data[k]!) - low(k)) / 2

  return {
    start: () =>
      Float64Array.from(batch.data, (value, k) => {
        if (range === null) return value
        return half(k) === 0 ? 0 : Math.atanh(inner * ((value - low(k)) / half(k) - 1))
      }),
    points(w, indices) {
      const data = new Float32Array(indices.length * size)
      for (let j = 0; j < indices.length; j++) {
        const from = indices[j]! * size
        for (let k = from; k < from + size; k++) {
          data[j * size + k - from] =
            range === null ? w[k]! : low(k) + half(k) * (Math.tanh(w[k]!) + 1)
        }
      }
      return tensor(shapeOf(indices.length), data)
    },
    slope(value, k) {
      if (range === null) return 1
      // half (1 - tanh^2 w), which does not cancel in this form.
      return half(k) === 0 ? 0 : ((value - low(k)) * (low(k) + 2 * half(k) - value)) / half(k)
    },
  }
}
