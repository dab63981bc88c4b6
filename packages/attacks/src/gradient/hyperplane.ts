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
  // How fast a component moves as the multiplier grows: in linf all alike, in l2 by its weight.
  const pace = (absolute: number) => (norm === 'linf' ? 1 : absolute)

  function measure(w: Float32Array, gap: number, point: Float32Array, centre: Float32Array) {
    const side = gap < 0 ? -1 : 1
    for (let k = 0; k < size; k++) {
      const value = Number.isFinite(w[k]!) ? w[k]! * side : 0
      weight[k] = value
      if (range === null) room[k] = Number.POSITIVE_INFINITY
      // A centre outside the range may stay where it is.
      else if (value > 0) room[k] = Math.max(0, Math.max(range[1], centre[k]!) - point[k]!)
      else room[k] = Math.max(0, point[k]! - Math.min(range[0], centre[k]!))
    }
  }

  /** The multiplier at which the gap is closed; Infinity if it never is. */
  function multiplier(gap: number): number {
    let lambda = 0
    for (let round = 0; round <= size; round++) {
      let filled = 0
      let slope = 0
      for (let k = 0; k < size; k++) {
        const absolute = Math.abs(weight[k]!)
        const speed = pace(absolute)
        if (room[k]! <= lambda * speed) filled += absolute * room[k]!
        else slope += absolute * speed
      }
      if (slope === 0) return filled < gap ? Number.POSITIVE_INFINITY : lambda
      const next = (gap - filled) / slope
      if (!(next > lambda * (1 + 1e-12))) return lambda
      lambda = next
    }
    return lambda
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
        const length = absolute === 0 ? 0 : Math.min(lambda * pace(absolute), room[k]!)
        step[k] = value < 0 ? -length : length
        total = norm === 'linf' ? Math.max(total, length) : total + length * length
      }
      return norm === 'linf' ? total : Math.sqrt(total)
    },
    distance(w, gap) {
      let dual = 0
      for (let k = 0; k < w.length; k++) {
        const value = w[k]!
        if (Number.isFinite(value)) dual += norm === 'linf' ? Math.abs(value) : value * value
      }
      return Math.abs(gap) / ((norm === 'linf' ? dual : Math.sqrt(dual)) + 1e-12)
    },
  }
}
