import type { Random, Task } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import { argmaxRows, row, type Tensor, tensor } from '@merlon/tensor'
import { marginAnswer } from '../answer.ts'
import type { AttackResult, Ball } from '../attack.ts'
import { attemptsOn } from '../attempts.ts'
import { checkCount, checkInput } from '../check.ts'
import { limits } from '../limits.ts'
import { nearestOn } from '../nearest.ts'
import { keepInside } from '../perturb.ts'
import { runSearches, type Search, type Subject } from '../searches.ts'
import { watchAttack } from '../watch.ts'

export interface ScoreSearchSettings extends Ball {
  readonly random: Random
  readonly queries: number
}

/** A search by scores: each reply is how near the model is to an error there, above 0 where it errs. */
export type ScoreSearch = Search<number>

/**
 * Searches for the most damage within the ball; a sample that falls is left alone. Every point that the search asks about
 * has to lie inside the ball and the range, because each counts as an attempt.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function searchByScores(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  settings: ScoreSearchSettings,
  begin: (subject: Subject) => ScoreSearch,
  task: Task,
): Promise<AttackResult> {
  const { norm, epsilon, range, random, queries } = settings
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball)
  checkCount('queries', queries, limits.queriesMax)
  const attempts = attemptsOn(batch, labels)
  const watch = watchAttack(batch, ball)
  const ask = async (indices: Int32Array, points: Tensor) => {
    const answer = marginAnswer(await model.scores(points), labelsAt(labels, indices))
    watch.look(indices, answer)
    attempts.enter(indices, points, answer)
    return margins(answer.scores, labelsAt(labels, indices))
  }
  const isSettled = attempts.isFooled
  await runSearches({ batch, range, queries, random, begin, ask, isSettled }, task)
  const best = attempts.best()
  const health = watch.evidence(best.adversarial, best.isAdversarial)
  return { ...best, queries: watch.queries(), health }
}

/**
 * Searches for the nearest point that fools. The last query of each sample is kept for the projection into the ball of
 * what lies outside of it.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function searchNearestByScores(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  settings: ScoreSearchSettings,
  begin: (subject: Subject) => ScoreSearch,
  task: Task,
): Promise<AttackResult> {
  const { norm, epsilon, range, random, queries } = settings
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball, 'minimal')
  checkCount('queries', queries, limits.queriesMax, 2)
  const nearest = nearestOn(batch, labels, ball)
  const watch = watchAttack(batch, ball)
  const ask = async (indices: Int32Array, points: Tensor) => {
    const answer = marginAnswer(await model.scores(points), labelsAt(labels, indices))
    watch.look(indices, answer)
    nearest.enter(indices, points, argmaxRows(answer.scores))
    return margins(answer.scores, labelsAt(labels, indices))
  }
  const isSettled = (i: number) => nearest.distance(i) === 0
  await runSearches({ batch, range, queries: queries - 1, random, begin, ask, isSettled }, task)
  const settled = await nearest.settle(model)
  const health = watch.evidence(settled.adversarial, settled.isAdversarial)
  return { ...settled, queries: watch.queries() + settled.queries, health }
}

/** One sample's point moved into the ball and the range. */
export function inside(point: Float32Array, origin: Float32Array, ball: Ball): Float32Array {
  const shape = [1, origin.length]
  return keepInside(tensor(shape, point), tensor(shape, origin), ball).point.data
}

/** How far a row of scores may be from adding up to 1 and still be probabilities. */
const sumTolerance = 1e-3
/** The least probability that has a logarithm here: float32's smallest, where a softmax has underflowed. */
const probabilityMin = 2 ** -149

/**
 * The margin of each row, on a logarithmic scale where the scores are probabilities (Chen et al. 2017, eq. 4): a sure
 * model's probabilities hardly move, but their logarithms do.
 */
function margins(scores: Tensor, labels: Int32Array): number[] {
  return Array.from(labels, (label, i) => {
    const values = Array.from(row(scores, i))
    const sum = values.reduce((total, value) => total + value, 0)
    const isShare = values.every((value) => value >= 0) && Math.abs(sum - 1) < sumTolerance
    const scaled = isShare ? values.map((p) => Math.log(Math.max(p, probabilityMin))) : values
    const rivals = scaled.filter((_, k) => k !== label)
    const margin = Math.max(...rivals) - scaled[label]!
    return Number.isNaN(margin) ? Number.NEGATIVE_INFINITY : margin
  })
}

function labelsAt(labels: Int32Array, indices: Int32Array): Int32Array {
  return indices.map((index) => labels[index]!)
}
