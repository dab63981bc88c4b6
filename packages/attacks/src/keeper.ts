import { gather, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import type { Ball } from './attack.ts'
import { type Inside, keepInside } from './perturb.ts'

/** The ends of what the adversary may do to each component in linf: where the ball or the range stops it. */
export function endsOf(
  batch: Tensor,
  ball: Ball & { readonly norm: 'linf' },
): { readonly low: Float32Array; readonly high: Float32Array } {
  const end = (side: number) => {
    const far = batch.data.map((value) => value + side * 2 * ball.epsilon)
    return keepInside(tensor(batch.shape, far), batch, ball).point.data
  }
  return { low: end(-1), high: end(1) }
}

/** Moves points, in place, to where the adversary may go around the samples at `indices`; counts what the range cut. */
export type Keeper = (points: Tensor, indices: ArrayLike<number>) => Inside

/** `keepInside` for many steps around the same samples: in linf the ends are worked out once. */
export function keeperOf(batch: Tensor, ball: Ball): Keeper {
  const { norm, range } = ball
  if (norm !== 'linf') return (points, indices) => keepInside(points, gather(batch, indices), ball)
  const { low, high } = endsOf(batch, { ...ball, norm })
  const size = sizeOf(batch.shape.slice(1))
  const [floor, ceiling] = (range ?? [Number.NaN, Number.NaN]).map(Math.fround)
  return (points, indices) => {
    let clipped = 0
    for (let k = 0; k < indices.length; k++) {
      const shift = (indices[k]! - k) * size
      for (let at = k * size; at < (k + 1) * size; at++) {
        const value = points.data[at]!
        const [least, most] = [low[at + shift]!, high[at + shift]!]
        if (value < least) {
          points.data[at] = least
          if (least === floor) clipped += 1
        } else if (value > most) {
          points.data[at] = most
          if (most === ceiling) clipped += 1
        }
      }
    }
    return { point: points, clipped }
  }
}
