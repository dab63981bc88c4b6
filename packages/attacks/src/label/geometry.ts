import type { Norm } from '@merlon/tensor'
import type { InputRange } from '../attack.ts'

/** How far two samples are apart, in double precision. */
export function distanceOf(a: Float32Array, b: Float32Array, norm: Norm): number {
  let sum = 0
  let largest = 0
  for (let k = 0; k < a.length; k++) {
    const away = Math.abs(a[k]! - b[k]!)
    sum += away * away
    if (away > largest) largest = away
  }
  return norm === 'linf' ? largest : Math.sqrt(sum)
}

/** Cuts a point to the range, in place. A component that is outside it in the sample moves no farther out. */
export function cutToRange(
  point: Float32Array,
  origin: Float32Array,
  range: InputRange,
): Float32Array {
  if (range === null) return point
  const [low, high] = range
  for (let k = 0; k < point.length; k++) {
    const value = point[k]!
    const from = origin[k]!
    if (value < low && value < from) point[k] = Math.min(low, from)
    else if (value > high && value > from) point[k] = Math.max(high, from)
  }
  return point
}

/**
 * The point at `share` of the way out to `far`: along the straight line for l2; for linf, `far` moved into the ball of
 * that share of its distance.
 */
export function towards(
  origin: Float32Array,
  far: Float32Array,
  share: number,
  norm: Norm,
): Float32Array {
  const point = new Float32Array(origin.length)
  const radius = share * distanceOf(far, origin, norm)
  for (let k = 0; k < point.length; k++) {
    const away = far[k]! - origin[k]!
    const moved = norm === 'linf' ? Math.max(-radius, Math.min(radius, away)) : share * away
    point[k] = origin[k]! + moved
  }
  return point
}

/** `x + size * direction`, as a new point inside the range. */
export function moved(
  x: Float32Array,
  direction: ArrayLike<number>,
  size: number,
  origin: Float32Array,
  range: InputRange,
): Float32Array {
  const point = new Float32Array(x.length)
  for (let k = 0; k < point.length; k++) point[k] = x[k]! + size * direction[k]!
  return cutToRange(point, origin, range)
}

export function lengthOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += values[k]! * values[k]!
  return Math.sqrt(sum)
}
