import { assert } from '@merlon/core'
import type { Norm } from '@merlon/tensor'
import type { InputRange } from '../attack.ts'

/** Norms in which the way to a hyperplane is known here. */
export type PlaneNorm = Extract<Norm, 'linf' | 'l2'>

/** Projects points of one size onto hyperplanes, inside the box of the range; keeps its scratch space. */
export interface PlaneProjector {
  /**
   * Writes to `step` the shortest way from `point` with w . step = gap and the end inside the box, and gives its
   * length. Where the plane misses the box, the step goes as near as the box lets it.
   */
  readonly project: (
    w: Float32Array,
    gap: number,
    point: Float32Array,
    centre: Float32Array,
    step: Float64Array,
  ) => number
  /** How far a plane at that gap is without a box: |gap| over the dual norm of w. */
  readonly distance: (w: Float32Array, gap: number) => number
}

/**
 * Projection onto a hyperplane and a box (Croce and Hein 2020, Minimally distorted Adversarial Examples, eq. 4): every
 * component moves towards the plane until the multiplier or its side of the box stops it. What that gains is a concave
 * function of the multiplier, piecewise linear, so that Newton's method climbs to the root and ends there.
 */
export function planeProjector(norm: PlaneNorm, size: number, range: InputRange): PlaneProjector {
  const weight = new Float64Array(size)
  const room = new Float64Array(size)
  const open = new Int32Array(size)
  const isLinf = norm === 'linf'

  function measure(w: Float32Array, gap: number, point: Float32Array, centre: Float32Array) {
    const side = gap < 0 ? -1 : 1
    const [low, high] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let k = 0; k < size; k++) {
      const value = Number.isFinite(w[k]!) ? w[k]! * side : 0
      const from = centre[k]!
      weight[k] = value
      // A centre outside the range may stay where it is.
      const left =
        value > 0 ? (from > high ? from : high) - point[k]! : point[k]! - (from < low ? from : low)
      room[k] = left > 0 ? left : 0
    }
  }

  /** The multiplier at which the gap is closed; Infinity if it never is. */
  function multiplier(gap: number): number {
    let lambda = 0
    let filled = 0
    let count = size
    for (let k = 0; k < size; k++) open[k] = k
    while (count > 0) {
      // The multiplier only grows, so that a component which the box has stopped need not be looked at again.
      let left = 0
      let slope = 0
      for (let i = 0; i < count; i++) {
        const k = open[i]!
        const absolute = Math.abs(weight[k]!)
        // How fast a component moves as the multiplier grows: in linf all alike, in l2 by its weight.
        const speed = isLinf ? 1 : absolute
        if (room[k]! <= lambda * speed || absolute === 0) {
          filled += absolute === 0 ? 0 : absolute * room[k]!
        } else {
          open[left] = k
          left += 1
          slope += absolute * speed
        }
      }
      count = left
      if (slope === 0) break
      const next = (gap - filled) / slope
      if (!(next > lambda * (1 + 1e-12))) return lambda
      lambda = next
    }
    return filled < gap ? Number.POSITIVE_INFINITY : lambda
  }

  return {
    project(w, gap, point, centre, step) {
      assert(step.length === size && w.length === size, 'the sizes agree')
      measure(w, gap, point, centre)
      const lambda = multiplier(Math.abs(gap))
      let total = 0
      for (let k = 0; k < size; k++) {
        const value = weight[k]!
        const absolute = Math.abs(value)
        const length = absolute === 0 ? 0 : Math.min(isLinf ? lambda : lambda * absolute, room[k]!)
        step[k] = value < 0 ? -length : length
        total = isLinf ? Math.max(total, length) : total + length * length
      }
      return isLinf ? total : Math.sqrt(total)
    },
    distance(w, gap) {
      let dual = 0
      for (let k = 0; k < w.length; k++) {
        const value = w[k]!
        if (Number.isFinite(value)) dual += isLinf ? Math.abs(value) : value * value
      }
      return Math.abs(gap) / ((isLinf ? dual : Math.sqrt(dual)) + 1e-12)
    },
  }
}
