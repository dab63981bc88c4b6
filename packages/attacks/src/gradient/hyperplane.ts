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
  const scratch: Scratch = {
    weight: new Float64Array(size),
    room: new Float64Array(size),
    steepness: new Float64Array(size),
    left: new Float64Array(size),
  }
  const isLinf = norm === 'linf'
  const ends = [
    Math.max(range?.[0] ?? -farthest, -farthest),
    Math.min(range?.[1] ?? farthest, farthest),
  ] as const

  return {
    project(w, gap, point, centre, step) {
      assert(step.length === size && w.length === size, 'the sizes agree')
      const count = measure(w, gap < 0 ? -1 : 1, point, centre, ends, scratch)
      const lambda = multiplier(Math.abs(gap), count, isLinf, scratch)
      return isLinf
        ? stepAlike(lambda, scratch.weight, scratch.room, step)
        : stepByWeight(lambda, scratch.weight, scratch.room, step)
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

interface Scratch {
  /** The slopes towards the plane, and how far each component can go. */
  readonly weight: Float64Array
  readonly room: Float64Array
  /** The same of the components that nothing has stopped yet, side by side. */
  readonly steepness: Float64Array
  readonly left: Float64Array
}

/** Fills the scratch space and says how many components can move at all. */
function measure(
  w: Float32Array,
  side: number,
  point: Float32Array,
  centre: Float32Array,
  [low, high]: readonly [number, number],
  { weight, room, steepness, left }: Scratch,
): number {
  let count = 0
  for (let k = 0; k < w.length; k++) {
    const slope = w[k]!
    // 0 for what is NaN or infinite.
    const value = slope - slope === 0 ? slope * side : 0
    const absolute = Math.abs(value)
    const at = point[k]!
    const from = centre[k]!
    // A centre outside the range may stay where it is.
    const down = at - (from < low ? from : low)
    const up = (from > high ? from : high) - at
    const way = +(value > 0) * up + +(value <= 0) * down
    const most = way < 0 ? 0 : way
    weight[k] = value
    room[k] = most
    steepness[count] = absolute
    left[count] = most
    count += +(most > 0) & +(absolute > 0)
  }
  return count
}

/** The multiplier at which `count` components close the gap; as far as anything goes if they never do. */
function multiplier(
  gap: number,
  count: number,
  isLinf: boolean,
  { steepness, left }: Scratch,
): number {
  let lambda = 0
  let filled = 0
  let open = count
  while (open > 0) {
    // The multiplier only grows, so that a component which the box has stopped need not be looked at again.
    let slope = 0
    let still = 0
    for (let i = 0; i < open; i++) {
      const absolute = steepness[i]!
      const most = left[i]!
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
    if (!(next > lambda * (1 + 1e-12))) return lambda
    lambda = next
  }
  return filled < gap ? farthest : lambda
}

/** Every component by lambda, or as far as it can go; gives the largest. */
function stepAlike(
  lambda: number,
  weight: Float64Array,
  room: Float64Array,
  step: Float64Array,
): number {
  const choice = new Float64Array(2)
  choice[0] = lambda
  let largest = 0
  for (let k = 0; k < step.length; k++) {
    const value = weight[k]!
    choice[1] = room[k]!
    const length = choice[+(lambda > choice[1]!)]!
    step[k] = (+(value > 0) - +(value < 0)) * length
    // Soon as large as it becomes, so that this is guessed right.
    if (length > largest && value !== 0) largest = length
  }
  return largest
}

/** Every component by lambda times its weight, or as far as it can go; gives the Euclidean length. */
function stepByWeight(
  lambda: number,
  weight: Float64Array,
  room: Float64Array,
  step: Float64Array,
): number {
  const choice = new Float64Array(2)
  let sum = 0
  for (let k = 0; k < step.length; k++) {
    const value = weight[k]!
    choice[0] = lambda * Math.abs(value)
    choice[1] = room[k]!
    const length = (+(value > 0) - +(value < 0)) * choice[+(choice[0]! > choice[1]!)]!
    step[k] = length
    sum += length * length
  }
  return Math.sqrt(sum)
}
