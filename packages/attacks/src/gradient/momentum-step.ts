import { gather, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import type { Ball } from '../attack.ts'
import { endsOf } from '../ends.ts'
import { ascend, type Inside, keepInside } from '../perturb.ts'

/** Where some runs stand: the rows of all fields belong together. */
export interface Stand {
  /** Which sample of the batch each run is on. */
  readonly samples: Int32Array
  readonly x: Tensor
  readonly previous: Tensor
  readonly gradient: Tensor
  readonly stepSize: Float64Array
}

/** z = P(x + eta g), then x' = P(x + alpha (z - x) + (1 - alpha) (x - previous)); the first step is z itself. */
export type MomentumStep = (stand: Stand, hasMomentum: boolean) => Inside

/** What Croce and Hein write alpha: how much of a step is new. */
const fresh = 0.75

/** The steps of automatic PGD around the samples of a batch (Croce and Hein 2020, algorithm 1, lines 7 and 8). */
export function momentumStepOf(batch: Tensor, ball: Ball): MomentumStep {
  const { norm } = ball
  return norm === 'linf' ? signSteps(batch, { ...ball, norm }) : plainSteps(batch, ball)
}

function plainSteps(batch: Tensor, ball: Ball): MomentumStep {
  return ({ x, previous, gradient, stepSize, samples }, hasMomentum) => {
    const centre = gather(batch, samples)
    const z = keepInside(ascend(x, gradient, ball.norm, stepSize), centre, ball)
    if (!hasMomentum) return z
    const moved = z.point.data
    for (let j = 0; j < moved.length; j++) {
      moved[j] = mixed(x.data[j]!, moved[j]!, previous.data[j]!)
    }
    const { point, clipped } = keepInside(z.point, centre, ball)
    return { point, clipped: Math.max(z.clipped, clipped) }
  }
}

/**
 * The same along the gradient's sign. Signs and borders fall either way, which a processor guesses wrong half
 * of the time: the number to keep is looked up by the comparisons' results.
 */
function signSteps(batch: Tensor, ball: Ball & { readonly norm: 'linf' }): MomentumStep {
  const { low, high } = endsOf(batch, ball)
  const size = sizeOf(batch.shape.slice(1))
  const [floor, ceiling] = (ball.range ?? [Number.NaN, Number.NaN]).map(Math.fround)
  // 1 where the range stops a component, not the ball.
  const isFloor = Uint8Array.from(low, (end) => (end === floor ? 1 : 0))
  const isCeiling = Uint8Array.from(high, (end) => (end === ceiling ? 1 : 0))
  const borders: Borders = { low, high, isFloor, isCeiling }

  return ({ x, previous, gradient, stepSize, samples }, hasMomentum) => {
    const moved = new Float32Array(x.data.length)
    let [cutFirst, cutLast] = [0, 0]
    for (let k = 0; k < samples.length; k++) {
      const of = (values: Float32Array) => values.subarray(k * size, (k + 1) * size)
      const way = { x: of(x.data), previous: of(previous.data), slopes: of(gradient.data) }
      const start = samples[k]! * size
      const z = of(moved)
      cutFirst += stepBySign(z, way.x, way.slopes, stepSize[k]!, borders, start)
      if (hasMomentum) cutLast += addMomentum(z, way.x, way.previous, borders, start)
    }
    return { point: tensor(x.shape, moved), clipped: Math.max(cutFirst, cutLast) }
  }
}

/** Where the adversary may go with each component of a batch, and 1 where the range stops it, not the ball. */
interface Borders {
  readonly low: Float32Array
  readonly high: Float32Array
  readonly isFloor: Uint8Array
  readonly isCeiling: Uint8Array
}

/** Writes z for one sample, whose components begin at `start` in the batch; counts what the range cut. */
function stepBySign(
  z: Float32Array,
  x: Float32Array,
  slopes: Float32Array,
  eta: number,
  { low, high, isFloor, isCeiling }: Borders,
  start: number,
): number {
  // The number itself, its low end, its high end.
  const choice = new Float32Array(4)
  let cut = 0
  for (let j = 0; j < z.length; j++) {
    const slope = slopes[j]!
    const least = low[start + j]!
    const most = high[start + j]!
    // 0 for a slope that is no number.
    const raw = Math.fround(x[j]! + (+(slope > 0) - +(slope < 0)) * eta)
    const under = +(raw < least)
    const over = +(raw > most)
    choice[0] = raw
    choice[1] = least
    choice[2] = most
    z[j] = choice[under + 2 * over]!
    cut += (under & isFloor[start + j]!) + (over & isCeiling[start + j]!)
  }
  return cut
}

/** Writes x' in the place of z, as `stepBySign` does. */
function addMomentum(
  z: Float32Array,
  x: Float32Array,
  previous: Float32Array,
  { low, high, isFloor, isCeiling }: Borders,
  start: number,
): number {
  const choice = new Float32Array(4)
  let cut = 0
  for (let j = 0; j < z.length; j++) {
    const least = low[start + j]!
    const most = high[start + j]!
    const raw = Math.fround(mixed(x[j]!, z[j]!, previous[j]!))
    const under = +(raw < least)
    const over = +(raw > most)
    choice[0] = raw
    choice[1] = least
    choice[2] = most
    z[j] = choice[under + 2 * over]!
    cut += (under & isFloor[start + j]!) + (over & isCeiling[start + j]!)
  }
  return cut
}

/** A step from x to z, and some of the one before it. */
function mixed(x: number, z: number, previous: number): number {
  return x + fresh * (z - x) + (1 - fresh) * (x - previous)
}
