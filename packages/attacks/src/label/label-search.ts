import type { Random, Task } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import { rows, type Tensor, tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput } from '../check.ts'
import { limits } from '../limits.ts'
import { nearestOn } from '../nearest.ts'
import { runSearches, type Search, type Subject } from '../searches.ts'
import { watchAttack } from '../watch.ts'

export interface LabelSearchSettings extends Ball {
  readonly random: Random
  readonly queries: number
}

/**
 * A search for the nearest point that fools, by labels alone; each reply is whether the model errs there. The last query
 * of each sample's budget is kept for its projection into the ball, where the nearest point lies outside.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function searchByLabels(
  model: LabelAccess,
  batch: Tensor,
  labels: Int32Array,
  settings: LabelSearchSettings,
  begin: (subject: Subject) => Search<boolean>,
  task: Task,
): Promise<AttackResult> {
  const { norm, epsilon, range, random, queries } = settings
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball, 'minimal')
  checkCount('queries', queries, limits.queriesMax, 2)
  const nearest = nearestOn(batch, labels, ball)
  const watch = watchAttack(batch, ball)

  const ask = async (indices: Int32Array, points: Tensor) => {
    const answered = await model.labels(points)
    nearest.enter(indices, points, answered)
    const errs = Array.from(answered, (label, k) => label !== labels[indices[k]!])
    // A label is all there is: an error is a loss of 1, and the label -1 of a broken score is no number.
    const losses = Float32Array.from(answered, (label, k) =>
      label === -1 ? Number.NaN : Number(errs[k]),
    )
    watch.look(indices, { losses, scores: tensor([rows(points), 0], new Float32Array(0)) })
    return errs
  }
  await runSearches(
    {
      batch,
      range,
      queries: queries - 1,
      random,
      begin,
      ask,
      isSettled: (i) => nearest.distance(i) === 0,
    },
    task,
  )

  const settled = await nearest.settle(model)
  const health = watch.evidence(settled.adversarial, settled.isAdversarial)
  return { ...settled, queries: watch.queries() + settled.queries, health }
}
