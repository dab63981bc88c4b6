import { gaussian, type Random } from '@merlon/core'
import { type Norm, project, row, rows, slice, type Tensor, tensor } from '@merlon/tensor'
import type { Ball, InputRange } from './attack.ts'

/**
 * One step of `size` uphill, one for all or one for each sample: along the gradient's sign for linf, along its
 * direction for l2, along its few largest components for l1. A sample whose gradient is zero, and a component that is NaN, stay where they are.
 */
export function ascend(
  x: Tensor,
  gradient: Tensor,
  norm: Norm,
  size: number | ArrayLike<number>,
): Tensor {
  const moved = tensor(x.shape, x.data.slice())
  const climb = climbs[norm]
  for (let i = 0; i < rows(x); i++) {
    climb(row(moved, i), row(gradient, i), typeof size === 'number' ? size : size[i]!)
  }
  return moved
}

function climbBySign(values: Float32Array, slopes: Float32Array, size: number): void {
  for (let k = 0; k < values.length; k++) {
    const slope = slopes[k]!
    if (slope > 0) values[k] = values[k]! + size
    else if (slope < 0) values[k] = values[k]! - size
  }
}

function climbAlong(values: Float32Array, slopes: Float32Array, size: number): void {
  const length = finiteLength(slopes)
  if (length === 0) return
  for (let k = 0; k < values.length; k++) {
    const slope = slopes[k]!
    if (Number.isFinite(slope)) values[k] = values[k]! + (size * slope) / length
  }
}

/** The share of the components that a step in l1 changes: the 99th percentile of Tramèr and Boneh (2019, section 5). */
const sparseShare = 0.01

/** The size is spread over the components of the largest slopes, each along its sign: sparse l1 descent, their figure 5. */
function climbSparsely(values: Float32Array, slopes: Float32Array, size: number): void {
  const steep = (k: number) => (Number.isFinite(slopes[k]!) ? Math.abs(slopes[k]!) : 0)
  const few = Math.max(1, Math.floor(sparseShare * slopes.length))
  const chosen = indicesOf(slopes)
    .filter((k) => steep(k) > 0)
    .sort((a, b) => steep(b) - steep(a))
    .subarray(0, few)
  for (const k of chosen) values[k] = values[k]! + (size / chosen.length) * Math.sign(slopes[k]!)
}

const climbs: Readonly<Record<Norm, typeof climbAlong>> = {
  linf: climbBySign,
  l2: climbAlong,
  l1: climbSparsely,
  l0: climbSparsely,
}

/** A point drawn evenly from the ball around each sample, before the range is looked at. */
export function randomPoint(centre: Tensor, { norm, epsilon }: Ball, random: Random): Tensor {
  const point = tensor(centre.shape, centre.data.slice())
  if (norm === 'linf') {
    for (let k = 0; k < point.data.length; k++) {
      point.data[k] = point.data[k]! + epsilon * (2 * random() - 1)
    }
    return point
  }
  if (norm === 'l1') {
    for (let i = 0; i < rows(centre); i++) addFromL1(row(point, i), epsilon, random)
    return point
  }
  for (let i = 0; i < rows(centre); i++) {
    const values = row(point, i)
    const direction = Float64Array.from(values, () => gaussian(random))
    const length = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0))
    // The radius' d-th root spreads points evenly over the ball's volume.
    const radius = epsilon * random() ** (1 / values.length)
    for (let k = 0; k < values.length; k++) {
      values[k] = values[k]! + (radius * direction[k]!) / (length || 1)
    }
  }
  return point
}

/** Adds a point drawn evenly from the l1 ball: exponential parts of a whole that has one part more, with random signs. */
function addFromL1(values: Float32Array, epsilon: number, random: Random): void {
  const parts = Float64Array.from({ length: values.length + 1 }, () => -Math.log(1 - random()))
  const whole = parts.reduce((sum, part) => sum + part, 0) || 1
  for (let k = 0; k < values.length; k++) {
    const sign = random() < 0.5 ? -1 : 1
    values[k] = values[k]! + (sign * epsilon * parts[k]!) / whole
  }
}

/** The slopes uphill with 0 where the range, or a NaN, leaves no way to go. */
export function freeSlopes(slopes: Tensor, x: Tensor, range: InputRange): Tensor {
  const [low, high] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const free = finiteOf(slopes)
  for (let k = 0; k < free.data.length; k++) {
    const isStuck = free.data[k]! < 0 ? x.data[k]! <= low : x.data[k]! >= high
    if (isStuck) free.data[k] = 0
  }
  return free
}

/** A point that lies where the adversary may go, and how many components the range cut. */
export interface Inside {
  readonly point: Tensor
  readonly clipped: number
}

/**
 * The point moved into the ball around the centre and into the range. A centre that lies outside
 * the range itself may stay there but moves no farther out, so both bounds hold together.
 */
export function keepInside(point: Tensor, centre: Tensor, { norm, epsilon, range }: Ball): Inside {
  const inside = project(point, centre, norm, epsilon)
  if (range === null) return { point: inside, clipped: 0 }
  const [low, high] = range
  let clipped = 0
  for (let k = 0; k < inside.data.length; k++) {
    const value = inside.data[k]!
    const from = centre.data[k]!
    if (value < low && value < from) {
      inside.data[k] = Math.min(low, from)
      clipped += 1
    } else if (value > high && value > from) {
      inside.data[k] = Math.max(high, from)
      clipped += 1
    }
  }
  return { point: inside, clipped }
}

/** The point moved into the range alone, as `keepInside` does. */
export function intoRange(point: Tensor, centre: Tensor, range: InputRange): Inside {
  return keepInside(point, centre, { norm: 'linf', epsilon: Number.POSITIVE_INFINITY, range })
}

/** Each sample moved into a ball of a radius of its own. */
export function projectEach(
  x: Tensor,
  centre: Tensor,
  norm: Norm,
  radii: ArrayLike<number>,
): Tensor {
  const projected = tensor(x.shape, x.data.slice())
  for (let i = 0; i < rows(x); i++) {
    const inside = project(slice(x, i, i + 1), slice(centre, i, i + 1), norm, radii[i]!)
    row(projected, i).set(inside.data)
  }
  return projected
}

/** The numbers with 0 in place of what is NaN or infinite: there is no way to go. */
export function finiteOf(gradient: Tensor): Tensor {
  return tensor(
    gradient.shape,
    gradient.data.map((slope) => (Number.isFinite(slope) ? slope : 0)),
  )
}

/** 0, 1, 2, ... for each of the values: the samples before any is left alone. */
export function indicesOf(values: ArrayLike<unknown>): Int32Array {
  return Int32Array.from({ length: values.length }, (_, i) => i)
}

function finiteLength(values: Float32Array): number {
  let sum = 0
  for (let k = 0; k < values.length; k++) {
    if (Number.isFinite(values[k]!)) sum += values[k]! * values[k]!
  }
  return Math.sqrt(sum)
}
