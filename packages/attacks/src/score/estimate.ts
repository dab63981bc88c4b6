import type { Ball } from '../attack.ts'
import { inside } from './score-search.ts'

/** What a part of a score search gives back: a value, by way of questions. */
export type ValueSearch<Value> = Generator<readonly Float32Array[], Value, readonly number[]>

/**
 * An estimate of the margin's gradient at x from pairs of points on both sides of it: the mean of directions, weighted by
 * how much the margin differs along them. Both ends are moved inside the ball, and count as far as they moved.
 */
export function* pairedEstimate(
  x: Float32Array,
  origin: Float32Array,
  ball: Ball,
  directions: readonly Float32Array[],
  size: number,
): ValueSearch<Float64Array> {
  const ends = directions.flatMap((u) =>
    [size, -size].map((step) => {
      const point = x.map((value, k) => value + step * u[k]!)
      return inside(point, origin, ball)
    }),
  )
  const margins = yield ends
  const gradient = new Float64Array(x.length)
  for (let pair = 0; pair < margins.length >> 1; pair++) {
    const [up, down] = [ends[2 * pair]!, ends[2 * pair + 1]!]
    const rise = margins[2 * pair]! - margins[2 * pair + 1]!
    if (!Number.isFinite(rise) || size === 0) continue
    const weight = rise / (4 * size * size * directions.length)
    for (let k = 0; k < x.length; k++) {
      gradient[k] = gradient[k]! + weight * (up[k]! - down[k]!)
    }
  }
  return gradient
}
