import type { Random, Task } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { gather, row, rows, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import { marginAnswer } from '../answer.ts'
import { pick } from '../assault.ts'
import type { Ball } from '../attack.ts'
import type { Watch } from '../watch.ts'
import { type PlaneNorm, planeProjector } from './hyperplane.ts'

/** One walk towards the boundary of a sample: to the nearest of several classes, or to a single one. */
export interface Walk {
  readonly sample: number
  readonly targets: Int32Array
}

/** What an approach works on, and whom it tells what it finds. */
export interface ApproachJob {
  readonly model: GradientAccess
  readonly batch: Tensor
  readonly labels: Int32Array
  readonly norm: PlaneNorm
  readonly range: Ball['range']
  readonly watch: Watch
  readonly task: Task
  readonly steps: number
  /** Hears of each point that was tried, and what the model answered there. */
  readonly found: (samples: Int32Array, points: Tensor, scores: Tensor) => void
  /** True once nothing more is sought on a sample. */
  readonly isDone: (sample: number) => boolean
  readonly tell: (step: number) => void
}

/** What Croce and Hein write alpha_max, eta and beta: the pull to the sample, the overshoot, the step back. */
const pullMax = 0.1
const overshoot = 1.05
const stepBack = 0.9

/**
 * The fast adaptive boundary attack (Croce and Hein 2020, Minimally distorted Adversarial Examples, algorithm 1): each
 * step projects the point and the sample onto the boundary of the linearised model, goes a little beyond between the
 * two, and from a point that fools the model one part in ten back to the sample.
 */
export async function approach(
  job: ApproachJob,
  walks: readonly Walk[],
  starts: Tensor,
): Promise<void> {
  const { model, batch, labels, watch, task, steps, found, isDone, tell } = job
  const advance = stepper(job)
  let open = walks
  let points = tensor(starts.shape, starts.data.slice())
  for (let step = 0; step < steps; step++) {
    if (open.some(({ sample }) => isDone(sample))) {
      const left = Array.from(open.keys()).filter((k) => !isDone(open[k]!.sample))
      points = gather(points, left)
      open = left.map((k) => open[k]!)
    }
    if (open.length === 0) break

    task.signal.throwIfAborted()
    const rowsOfWalk = open.flatMap(({ targets }, k) => Array.from(targets, () => k))
    const samples = Int32Array.from(rowsOfWalk, (k) => open[k]!.sample)
    const targets = Int32Array.from(open.flatMap((walk) => Array.from(walk.targets)))
    const truth = pick(labels, samples)
    const x = targets.length === open.length ? points : gather(points, rowsOfWalk)
    const answer = await model.lossGradient(x, truth, { loss: 'targeted-margin', targets })
    const { gradient, losses } = answer
    watch.look(samples, { ...marginAnswer(answer.scores, truth), gradient })
    const moved = advance(points, open, { gradient, losses })

    task.signal.throwIfAborted()
    const tried = Int32Array.from(open, ({ sample }) => sample)
    const own = pick(labels, tried)
    const scores = await model.scores(moved)
    const judged = marginAnswer(scores, own)
    watch.look(tried, judged)
    found(tried, moved, scores)
    // Copied, because what was asked and found is others' to keep.
    points = tensor(moved.shape, moved.data.slice())
    for (let k = 0; k < tried.length; k++) {
      if (judged.losses[k]! > 0) goBack(row(points, k), row(batch, tried[k]!))
    }
    tell(step)
  }
}

/** beta (x - sample) from the sample. */
function goBack(point: Float32Array, sample: Float32Array): void {
  for (let j = 0; j < point.length; j++) {
    point[j] = sample[j]! + stepBack * (point[j]! - sample[j]!)
  }
}

/** Makes the step of all walks: the function holds the scratch space. */
function stepper({ batch, norm, range, watch }: ApproachJob) {
  const size = sizeOf(batch.shape.slice(1))
  const planes = planeProjector(norm, size, range)
  const [fromPoint, fromSample] = [new Float64Array(size), new Float64Array(size)]

  return (
    points: Tensor,
    walks: readonly Walk[],
    { gradient, losses }: { readonly gradient: Tensor; readonly losses: Float32Array },
  ): Tensor => {
    const moved = tensor(points.shape, new Float32Array(points.data.length))
    let first = 0
    for (let k = 0; k < rows(points); k++) {
      const point = row(points, k)
      const sample = row(batch, walks[k]!.sample)
      // The plane of the nearest target: w . (z - point) + loss = 0.
      const count = walks[k]!.targets.length
      const nearest = nearestPlane(first, count)
      first += count
      const w = row(gradient, nearest)
      const gap = -losses[nearest]!
      const away = offset(w, point, sample)
      const near = Math.max(1e-8, planes.project(w, gap, point, sample, fromPoint))
      const far = Math.max(1e-8, planes.project(w, gap + away, sample, sample, fromSample))
      const pull = Math.min(near / (near + far), pullMax)
      const end = row(moved, k)
      beyond(end, { start: point, way: fromPoint }, { start: sample, way: fromSample }, pull)
      watch.moved(size, keepInRange(end, sample, range))
    }
    return moved

    function nearestPlane(start: number, count: number): number {
      let best = start
      if (count === 1) return best
      let least = Number.POSITIVE_INFINITY
      for (let k = start; k < start + count; k++) {
        const distance = planes.distance(row(gradient, k), losses[k]!)
        if (distance < least) [best, least] = [k, distance]
      }
      return best
    }
  }
}

/** A place, and the way from there to the boundary. */
interface Way {
  readonly start: Float32Array
  readonly way: Float64Array
}

/** Writes what lies a little beyond the boundary, between where the two ways lead. */
function beyond(
  end: Float32Array,
  { start: point, way: fromPoint }: Way,
  { start: sample, way: fromSample }: Way,
  pull: number,
): void {
  for (let j = 0; j < end.length; j++) {
    const ahead = point[j]! + overshoot * fromPoint[j]!
    const back = sample[j]! + overshoot * fromSample[j]!
    end[j] = (1 - pull) * ahead + pull * back
  }
}

/** w . (point - sample), without components of w that are no number. */
function offset(w: Float32Array, point: Float32Array, sample: Float32Array): number {
  let sum = 0
  for (let j = 0; j < w.length; j++) {
    if (Number.isFinite(w[j]!)) sum += w[j]! * (point[j]! - sample[j]!)
  }
  return sum
}

/** Cuts off what lies outside the range, but for where the sample does itself; counts the cuts. */
function keepInRange(point: Float32Array, sample: Float32Array, range: Ball['range']): number {
  if (range === null) return 0
  const [low, high] = range
  // The number itself, its low end, its high end: looked up, because branches would be guessed wrong.
  const choice = new Float64Array(4)
  let cut = 0
  for (let j = 0; j < point.length; j++) {
    const from = sample[j]!
    choice[0] = point[j]!
    choice[1] = from < low ? from : low
    choice[2] = from > high ? from : high
    const under = +(choice[0]! < choice[1]!)
    const over = +(choice[0]! > choice[2]!)
    point[j] = choice[under + 2 * over]!
    cut += under + over
  }
  return cut
}

/** Starts for another attempt: at random up to half as far as `reach` says (algorithm 1, restarts). */
export function randomStarts(
  batch: Tensor,
  walks: readonly Walk[],
  { norm, range }: Pick<ApproachJob, 'norm' | 'range'>,
  reach: (sample: number) => number,
  randoms: readonly Random[],
): Tensor {
  const starts = gather(
    batch,
    walks.map(({ sample }) => sample),
  )
  for (const [k, { sample }] of walks.entries()) {
    const point = row(starts, k)
    const random = randoms[sample]!
    const direction = Float64Array.from(point, () => 2 * random() - 1)
    const length =
      norm === 'linf'
        ? direction.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
        : Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0))
    const scale = reach(sample) / 2 / (length || 1)
    for (let j = 0; j < point.length; j++) point[j] = point[j]! + scale * direction[j]!
    keepInRange(point, row(batch, sample), range)
  }
  return starts
}
