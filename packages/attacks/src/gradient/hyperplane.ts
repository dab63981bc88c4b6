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

/** Stands for no border, so that it may be multiplied by 0. */
const farthest = 1e300

/**
 * Projection onto a hyperplane and a box (Croce and Hein 2020, Minimally distorted Adversarial Examples, eq. 4): every
 * component moves towards the plane until the multiplier or its side of the box stops it. What that gains is a concave
 * function of the multiplier, piecewise linear, so that Newton's method climbs to the root and ends there.
 * Loops choose by the results of comparisons, not by branches, of which a processor would guess half wrong.
 */
export function planeProjector(norm: PlaneNorm, size: number, range: InputRange): PlaneProjector {
  const weight = new Float64Array(size)
  const room = new Float64Array(size)
  // The components that nothing has stopped yet, side by side.
  const steepness = new Float64Array(size)
  const left = new Float64Array(size)
  const choice = new Float64Array(2)
  const isLinf = norm === 'linf'
  const [low, high] = [
    Math.max(range?.[0] ?? -farthest, -farthest),
    Math.min(range?.[1] ?? farthest, farthest),
  ]

  /** Fills the scratch space and says how many components can move at all. */
  function measure(w: Float32Array, gap: number, point: Float32Array, centre: Float32Array) {
    const side = gap < 0 ? -1 : 1
    let count = 0
    for (let k = 0; k < size; k++) {
      const value = Number.isFinite(w[k]!) ? w[k]! * side : 0
      const from = centre[k]!
      // A centre outside the range may stay where it is.
      choice[0] = point[k]! - (from < low ? from : low)
      choice[1] = (from > high ? from : high) - point[k]!
      const most = choice[+(value > 0)]!
      weight[k] = value
      room[k] = most < 0 ? 0 : most
      steepness[count] = Math.abs(value)
      left[count] = room[k]!
      count += +(room[k]! > 0) & +(value !== 0)
    }
    return count
  }

  /** The multiplier at which the gap is closed, or how far the last of `count` components go if it never is. */
  function multiplier(gap: number, count: number): { lambda: number; isOpen: boolean } {
    let lambda = 0
    let filled = 0
    let open = count
    while (open > 0) {
      // The multiplier only grows, so that a component which the box has stopped need not be looked at again.
      let slope = 0
      let still = 0
      for (let i = 0; i < open; i++) {
        const [absolute, most] = [steepness[i]!, left[i]!]
        // How fast a component moves as the multiplier grows: in linf all alike, in l2 by its weight.
        const speed = isLinf ? 1 : absolute
        const goesOn = +(most > lambda * speed)
        steepness[still] = absolute
        left[still] = most
        still += goesOn
        slope += goesOn * absolute * speed
        filled += (1 - goesOn) * absolute * most
      }
      open = still
      if (slope === 0) break
      const next = (gap - filled) / slope
      if (!(next > lambda * (1 + 1e-12))) return { lambda, isOpen: true }
      lambda = next
    }
    return { lambda: filled < gap ? farthest : lambda, isOpen: false }
  }

  return {
    project(w, gap, point, centre, step) {
      assert(step.length === size && w.length === size, 'the sizes agree')
      const { lambda, isOpen } = multiplier(Math.abs(gap), measure(w, gap, point, centre))
      let total = isLinf && isOpen ? lambda : 0
      for (let k = 0; k < size; k++) {
        const value = weight[k]!
        choice[0] = isLinf ? lambda : lambda * Math.abs(value)
        choice[1] = room[k]!
        const sign = +(value > 0) - +(value < 0)
        const length = sign * choice[+(choice[0]! > choice[1]!)]!
        step[k] = length
        if (!isLinf) total += length * length
        else if (!isOpen) total = Math.max(total, Math.abs(length))
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
