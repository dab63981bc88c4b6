import type { Random } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import { gather, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import { marginAnswer } from '../answer.ts'
import { type Assault, pick, standing } from '../assault.ts'
import type { Ball } from '../attack.ts'
import { type Picture, pictureOf } from '../picture.ts'

/** How a norm's random search makes its points. It keeps what it needs to know of the samples. */
export interface Squares {
  /** Writes the first point of a sample. */
  readonly begin: (point: Float32Array, sample: number, random: Random) => void
  /** Changes a point in windows that hold the share `p` of its pixels. */
  readonly change: (point: Float32Array, sample: number, p: number, random: Random) => void
}

/** Makes the points for a batch. */
export type SquaresOf = (batch: Tensor, ball: Ball, picture: Picture) => Squares

/** The share of pixels at first, and the evaluations of 10,000 after which it is halved (section 3 of the paper). */
const shareAtFirst = 0.8
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000]

/** The share of pixels in a window at evaluation `query` of `queries`: the schedule, stretched to the budget. */
export function windowShare(query: number, queries: number): number {
  const at = (query / queries) * 10_000
  return shareAtFirst / 2 ** halvings.filter((mark) => at > mark).length
}

/** Random search on the samples that still stand: a change is kept where the margin falls. */
export async function searchSquares(
  { model, batch, labels, ball, randoms, attempts, watch, task }: Assault<ScoreAccess>,
  squaresOf: SquaresOf,
  queries: number,
): Promise<void> {
  const squares = squaresOf(batch, ball, pictureOf(batch.shape.slice(1)))
  const size = sizeOf(batch.shape.slice(1))
  let samples = standing({ labels, attempts })
  let best = gather(batch, samples)
  let lowest = new Float64Array(samples.length).fill(Number.NEGATIVE_INFINITY)
  let truth = pick(labels, samples)
  // What is tried, and written back over where it is worse.
  let points = tensor(best.shape, best.data.slice())

  for (let query = 0; query < queries && samples.length > 0; query++) {
    const p = windowShare(query, queries)
    for (let k = 0; k < samples.length; k++) {
      const point = points.data.subarray(k * size, (k + 1) * size)
      const random = randoms[samples[k]!]!
      if (query === 0) squares.begin(point, samples[k]!, random)
      else squares.change(point, samples[k]!, p, random)
    }
    task.signal.throwIfAborted()
    const answer = marginAnswer(await model.scores(points), truth)
    watch.look(samples, answer)
    attempts.enter(samples, points, answer)
    task.progress(query + 1, queries)
    for (let k = 0; k < samples.length; k++) {
      const [from, to] = [k * size, (k + 1) * size]
      if (answer.losses[k]! > lowest[k]! || query === 0) {
        lowest[k] = answer.losses[k]!
        best.data.set(points.data.subarray(from, to), from)
      } else points.data.set(best.data.subarray(from, to), from)
    }
    if (samples.some(attempts.isFooled)) {
      const open = Int32Array.from(samples.keys()).filter((k) => !attempts.isFooled(samples[k]!))
      best = gather(best, open)
      points = gather(points, open)
      lowest = Float64Array.from(open, (k) => lowest[k]!)
      truth = pick(truth, open)
      samples = pick(samples, open)
    }
  }
}
