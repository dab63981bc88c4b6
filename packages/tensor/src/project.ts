import { assert } from '@merlon/core'
import type { Norm } from './norm.ts'
import { row, rows } from './rows.ts'
import { type Tensor, tensor } from './tensor.ts'

/**
 * Each component moved to within `epsilon` of the centre's. The result is inside in double precision,
 * not only after rounding: a component is rounded towards the centre, never away from it.
 */
export function projectLinf(x: Tensor, centre: Tensor, epsilon: number): Tensor {
  assert(x.data.length === centre.data.length, 'the centre has the size of x')
  const data = x.data.slice()
  for (let k = 0; k < data.length; k++) {
    const from = centre.data[k]!
    const away = data[k]! - from
    if (away > epsilon) data[k] = roundTowards(from, epsilon)
    else if (away < -epsilon) data[k] = roundTowards(from, -epsilon)
  }
  return tensor(x.shape, data)
}

/** How far rounding of the double sum may lift a projected length over epsilon, relatively. */
const roundingTolerance = 1e-12

/** Each sample moved to within the Euclidean distance `epsilon` of the centre's, along the straight line. */
export function projectL2(x: Tensor, centre: Tensor, epsilon: number): Tensor {
  assert(x.data.length === centre.data.length, 'the centre has the size of x')
  const result = tensor(x.shape, x.data.slice())
  for (let i = 0; i < rows(x); i++) {
    const values = row(result, i)
    const from = row(centre, i)
    let sum = 0
    for (let k = 0; k < values.length; k++) sum += (values[k]! - from[k]!) ** 2
    const length = Math.sqrt(sum)
    if (length <= epsilon * (1 + roundingTolerance)) continue
    const scale = epsilon / length
    for (let k = 0; k < values.length; k++) {
      values[k] = roundTowards(from[k]!, (values[k]! - from[k]!) * scale)
    }
  }
  return result
}

/**
 * Each sample moved to the nearest point whose absolute differences from the centre's sum to at most
 * `epsilon`: soft thresholding (Duchi, Shalev-Shwartz, Singer and Chandra 2008, figure 1).
 */
export function projectL1(x: Tensor, centre: Tensor, epsilon: number): Tensor {
  assert(x.data.length === centre.data.length, 'the centre has the size of x')
  const result = tensor(x.shape, x.data.slice())
  for (let i = 0; i < rows(x); i++) {
    const values = row(result, i)
    const from = row(centre, i)
    const sizes = Float64Array.from(values, (value, k) => Math.abs(value - from[k]!))
    if (sizes.reduce((sum, size) => sum + size, 0) <= epsilon * (1 + roundingTolerance)) continue
    const threshold = softThreshold(sizes, epsilon)
    for (let k = 0; k < values.length; k++) {
      const size = Math.max(0, sizes[k]! - threshold)
      values[k] = roundTowards(from[k]!, Math.sign(values[k]! - from[k]!) * size)
    }
  }
  return result
}

/** Each sample with only its `epsilon` largest changes from the centre's kept; the first of equals. */
export function projectL0(x: Tensor, centre: Tensor, epsilon: number): Tensor {
  assert(x.data.length === centre.data.length, 'the centre has the size of x')
  const result = tensor(x.shape, x.data.slice())
  for (let i = 0; i < rows(x); i++) {
    const values = row(result, i)
    const from = row(centre, i)
    const size = (k: number) => Math.abs(values[k]! - from[k]!)
    const touched = Array.from(values.keys()).filter((k) => values[k] !== from[k])
    if (touched.length <= epsilon) continue
    const dropped = touched.sort((a, b) => size(b) - size(a)).slice(Math.floor(epsilon))
    for (const k of dropped) values[k] = from[k]!
  }
  return result
}

/** The projection onto the ball of each norm. */
const projections: Readonly<Record<Norm, typeof projectLinf>> = {
  linf: projectLinf,
  l2: projectL2,
  l1: projectL1,
  l0: projectL0,
}

/** Each sample moved into the ball of radius `epsilon` around the centre's, in that norm. */
export function project(x: Tensor, centre: Tensor, norm: Norm, epsilon: number): Tensor {
  return projections[norm](x, centre, epsilon)
}

/** What to take off each size so that the rest sums to `total`. */
function softThreshold(sizes: Float64Array, total: number): number {
  const sorted = sizes.slice().sort().reverse()
  let sum = 0
  let threshold = 0
  for (let k = 0; k < sorted.length; k++) {
    sum += sorted[k]!
    const candidate = (sum - total) / (k + 1)
    if (sorted[k]! < candidate) break
    threshold = candidate
  }
  return threshold
}

/** Each component moved into [low, high]. NaN stays NaN. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  assert(low <= high, `${low} to ${high} is a range`)
  const data = x.data.slice()
  for (let k = 0; k < data.length; k++) {
    if (data[k]! < low) data[k] = low
    else if (data[k]! > high) data[k] = high
  }
  return tensor(x.shape, data)
}

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** The float32 next to `centre + change` that is not farther from the centre than `change`. */
function roundTowards(centre: number, change: number): number {
  const rounded = Math.fround(centre + change)
  const isTooFar = change < 0 ? rounded - centre < change : rounded - centre > change
  return isTooFar ? neighbour(rounded, -change) : rounded
}

/** The next float32 in the direction of the sign. Neighbours have neighbouring bit patterns but at zero. */
function neighbour(value: number, direction: number): number {
  if (value === 0) return Math.sign(direction) * 2 ** -149
  float[0] = value
  bits[0] = bits[0]! + (value > 0 === direction > 0 ? 1 : -1)
  return float[0]
}
