import type { GradientAccess, LossName } from '@merlon/model'
import { gather, row, slice, type Tensor, tensor } from '@merlon/tensor'
import { marginAnswer } from '../answer.ts'
import { type Assault, pick } from '../assault.ts'
import { keepInside, randomPoint } from '../perturb.ts'
import { momentumStepOf } from './momentum-step.ts'

/** Runs of automatic PGD, several on one sample where it is led to several targets. */
export interface Runs {
  /** Which sample of the batch each run is on. */
  readonly samples: Int32Array
  /** Where each run leads to, for a targeted loss. */
  readonly targets?: Int32Array
}

export interface ClimbOptions {
  readonly loss: LossName
  readonly steps: number
  /** Leave a sample's runs alone as soon as the model errs on it. */
  readonly stopWhenFooled: boolean
}

/** What Croce and Hein write rho: how many steps of a stretch should climb. */
const climbingShare = 0.75

/**
 * The steps after which the step size is looked at (Croce and Hein 2020, section 3.1): stretches that begin at 22 %
 * of all steps and become shorter by 3 % down to 6 %.
 */
export function checkpoints(steps: number): ReadonlySet<number> {
  const marks = new Set<number>()
  let stretch = 0.22
  for (let share = stretch; share < 1; share += stretch) {
    // Rounded first: 0.22 + 0.19 is a little more than 0.41.
    marks.add(Math.ceil(Math.round(share * steps * 1e6) / 1e6))
    stretch = Math.max(stretch - 0.03, 0.06)
  }
  return marks
}

/**
 * Automatic PGD (Croce and Hein 2020, algorithm 1) on many runs at once, each from a random point of the ball.
 * Every point on the way counts as an attempt. `tell` hears of each evaluation.
 */
export async function climb(
  assault: Assault<GradientAccess>,
  runs: Runs,
  { loss, steps, stopWhenFooled }: ClimbOptions,
  tell: (step: number) => void,
): Promise<void> {
  const { model, batch, labels, ball, attempts, watch, task } = assault
  const stepFrom = momentumStepOf(batch, ball)
  const marks = checkpoints(steps)
  let path = pathFrom(assault, runs)
  let mark = 0
  for (let step = 0; path.samples.length > 0; step++) {
    task.signal.throwIfAborted()
    const { samples, targets, x } = path
    const truth = pick(labels, samples)
    const asked = targets === undefined ? { loss } : { loss, targets }
    const answer = await model.lossGradient(x, truth, asked)
    const judged = { ...marginAnswer(answer.scores, truth), gradient: answer.gradient }
    watch.look(samples, judged)
    attempts.enter(samples, x, judged)
    tell(step)
    if (step === steps) break

    note(path, answer.gradient, answer.losses)
    if (stopWhenFooled && samples.some(attempts.isFooled)) {
      const open = Int32Array.from(samples, (_, k) => k)
      path = kept(
        path,
        open.filter((k) => !attempts.isFooled(samples[k]!)),
      )
    }
    if (marks.has(step)) {
      restartFromBest(path, step - mark)
      mark = step
    }
    const { point, clipped } = stepFrom(path, step > 0)
    watch.moved(point.data.length, clipped)
    path.previous = path.x
    path.x = point
  }
}

/** Where the runs stand and what they remember; the rows of all fields belong together. */
interface Path {
  readonly samples: Int32Array
  readonly targets?: Int32Array
  x: Tensor
  previous: Tensor
  gradient: Tensor
  readonly best: Tensor
  readonly bestGradient: Tensor
  readonly loss: Float64Array
  readonly bestLoss: Float64Array
  /** The best loss at the last checkpoint, and whether the step was halved there. */
  readonly bestLossBefore: Float64Array
  readonly wasHalved: Uint8Array
  /** Steps since the last checkpoint that raised the loss. */
  readonly rises: Int32Array
  readonly stepSize: Float64Array
}

/** At a random point of the ball each, with steps of twice epsilon. */
function pathFrom({ batch, ball, randoms }: Assault<GradientAccess>, runs: Runs): Path {
  const centre = gather(batch, runs.samples)
  const x = tensor(centre.shape, centre.data.slice())
  for (const [k, sample] of runs.samples.entries()) {
    const own = slice(centre, k, k + 1)
    row(x, k).set(keepInside(randomPoint(own, ball, randoms[sample]!), own, ball).point.data)
  }
  const count = runs.samples.length
  const lowest = () => new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
  const empty = () => tensor(x.shape, new Float32Array(x.data.length))
  return {
    ...runs,
    x,
    previous: x,
    gradient: empty(),
    best: tensor(x.shape, x.data.slice()),
    bestGradient: empty(),
    loss: lowest(),
    bestLoss: lowest(),
    bestLossBefore: lowest(),
    // As if halved at the start: the second condition compares two checkpoints.
    wasHalved: new Uint8Array(count).fill(1),
    rises: new Int32Array(count),
    stepSize: new Float64Array(count).fill(2 * ball.epsilon),
  }
}

/** Remembers what was found at x. */
function note(path: Path, gradient: Tensor, losses: Float32Array): void {
  path.gradient = gradient
  for (let k = 0; k < losses.length; k++) {
    const loss = losses[k]!
    if (loss > path.loss[k]! && path.loss[k] !== Number.NEGATIVE_INFINITY) path.rises[k]! += 1
    path.loss[k] = loss
    if (!(loss > path.bestLoss[k]!)) continue
    path.bestLoss[k] = loss
    row(path.best, k).set(row(path.x, k))
    row(path.bestGradient, k).set(row(gradient, k))
  }
}

/**
 * At a checkpoint: halves the steps of runs that climbed too seldom, or whose best loss stayed the same with the same
 * step size, and sets them back to their best point.
 */
function restartFromBest(path: Path, stretch: number): void {
  // Copied, because the engine's answers and the points of attempts are others' to keep.
  path.x = tensor(path.x.shape, path.x.data.slice())
  path.gradient = tensor(path.gradient.shape, path.gradient.data.slice())
  for (let k = 0; k < path.samples.length; k++) {
    const isStuck = path.wasHalved[k] === 0 && path.bestLoss[k] === path.bestLossBefore[k]
    const isHalved = path.rises[k]! <= climbingShare * stretch || isStuck
    path.wasHalved[k] = isHalved ? 1 : 0
    path.bestLossBefore[k] = path.bestLoss[k]!
    path.rises[k] = 0
    if (!isHalved) continue
    path.stepSize[k]! /= 2
    row(path.x, k).set(row(path.best, k))
    row(path.gradient, k).set(row(path.bestGradient, k))
  }
}

/** The runs at `indices` alone. */
function kept(path: Path, indices: Int32Array): Path {
  const rowsOf = (values: Tensor) => gather(values, indices)
  const numbers = (values: Float64Array) => Float64Array.from(indices, (k) => values[k]!)
  return {
    samples: pick(path.samples, indices),
    ...(path.targets === undefined ? {} : { targets: pick(path.targets, indices) }),
    x: rowsOf(path.x),
    previous: rowsOf(path.previous),
    gradient: rowsOf(path.gradient),
    best: rowsOf(path.best),
    bestGradient: rowsOf(path.bestGradient),
    loss: numbers(path.loss),
    bestLoss: numbers(path.bestLoss),
    bestLossBefore: numbers(path.bestLossBefore),
    wasHalved: Uint8Array.from(indices, (k) => path.wasHalved[k]!),
    rises: pick(path.rises, indices),
    stepSize: numbers(path.stepSize),
  }
}
