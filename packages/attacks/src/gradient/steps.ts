import type { GradientAccess, SignAscent } from '@merlon/model'
import { gather, projectLinf, rows, type Tensor, tensor } from '@merlon/tensor'
import type { Answer } from '../answer.ts'
import { pick } from '../assault.ts'
import type { Ball } from '../attack.ts'
import { ascend, freeSlopes, type Inside, keepInside } from '../perturb.ts'
import { type Expectation, expectedGradient } from './expected-gradient.ts'

/** What the model answered at some points, and the step that follows from it for those at `open`. */
export interface Step {
  readonly answer: Answer
  readonly next: (open: Int32Array) => Inside
}

/** What is climbed, and by how much in each step. */
export interface Climb extends Expectation {
  readonly size: number
}

/** Asks the model at the points x of the samples at `samples`. */
export type Stepper = (x: Tensor, samples: Int32Array) => Promise<Step>

/**
 * Steps of one size that stay inside the ball and the range. A model that offers it takes the step in the run that gives the
 * gradient, which costs a tenth of the same step here; in single precision, so that a point may differ by one rounding.
 */
export function stepperOf(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  ball: Ball,
  { size, ...expectation }: Climb,
): Stepper {
  const { loss, evaluations } = expectation
  const plain: Stepper = async (x, samples) => {
    const answer = await expectedGradient(model, x, pick(labels, samples), expectation)
    const next = (open: Int32Array) => {
      const here = gather(x, open)
      const slopes = gather(answer.gradient, open)
      // Few components move in l1: none of them may be one that the range holds fast.
      const free = ball.norm === 'l1' ? freeSlopes(slopes, here, ball.range) : slopes
      const climbed = ascend(here, free, ball.norm, size)
      return keepInside(climbed, gather(batch, pick(samples, open)), ball)
    }
    return { answer, next }
  }
  const isPlain = loss === 'cross-entropy' && evaluations === 1
  const box = isPlain ? boxOf(batch, ball) : undefined
  if (model.signAscent === undefined || box === undefined) return plain
  const range = ball.range ?? ([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const)
  return async (x, samples) => {
    const [low, high] = [some(box.low, samples), some(box.high, samples)]
    const step = { size, low, high, range }
    const answer = await model.signAscent?.(x, pick(labels, samples), step)
    // A number that is none stays where it is, which the model's sign does not promise.
    if (answer === undefined || !answer.slopes.every(Number.isFinite)) return plain(x, samples)
    return { answer, next: (open) => chosen(answer, open) }
  }
}

function chosen({ point, clipped }: SignAscent, open: Int32Array): Inside {
  return { point: some(point, open), clipped: pick(clipped, open).reduce((a, b) => a + b, 0) }
}

/** The ball's bounds in single precision; `undefined` where steps are no signs or a sample lies outside the range. */
function boxOf(batch: Tensor, { norm, epsilon, range }: Ball) {
  if (norm !== 'linf') return undefined
  if (range !== null) {
    const [floor, ceiling] = range
    if (!batch.data.every((value) => value >= floor && value <= ceiling)) return undefined
  }
  const border = (side: number) =>
    projectLinf(tensor(batch.shape, new Float32Array(batch.data.length).fill(side)), batch, epsilon)
  return { low: border(Number.NEGATIVE_INFINITY), high: border(Number.POSITIVE_INFINITY) }
}

/** The samples at `indices`, which are in order: all of them as they are. */
function some(batch: Tensor, indices: Int32Array): Tensor {
  return indices.length === rows(batch) ? batch : gather(batch, indices)
}
