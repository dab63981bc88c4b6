import type { Task } from '@merlon/core'
import type { GradientAccess, ScoreAccess } from '@merlon/model'
import { row, rows, type Tensor, tensor } from '@merlon/tensor'
import type { AttackFunction, AttackResult, AttackSettings } from './attack.ts'
import { AttackError } from './attack-error.ts'
import { attackOneByOne, single } from './one-by-one.ts'

/** The label of a prediction within its tolerance; 0 is one beyond. */
const within = 1

/** What counts as an error of a regression model. */
export interface RegressionTarget {
  /** The true value of each sample. */
  readonly truths: ArrayLike<number>
  /** A prediction farther than this from the truth is an error. */
  readonly tolerance: number
}

/**
 * A regression model ([n, ...input] -> [n, 1]) seen as a classifier of one sample: its scores are |prediction - truth| and the
 * tolerance, so label 0 is an error and the margin is by how much. Its gradient is that margin's, whatever loss is named.
 */
export function missAccess<Access extends ScoreAccess>(
  model: Access,
  truth: number,
  tolerance: number,
): Access extends GradientAccess ? GradientAccess : ScoreAccess
export function missAccess(
  model: ScoreAccess | GradientAccess,
  truth: number,
  tolerance: number,
): ScoreAccess | GradientAccess {
  const missesOf = (predictions: Tensor) => {
    const data = new Float32Array(2 * rows(predictions))
    for (let i = 0; i < rows(predictions); i++) {
      data[2 * i] = Math.abs(row(predictions, i)[0]! - truth)
      data[2 * i + 1] = tolerance
    }
    return tensor([rows(predictions), 2], data)
  }
  const labelOf = ([miss = 0]: Float32Array) => (miss > tolerance ? 0 : within)
  const scores = async (batch: Tensor) => missesOf(await model.scores(batch))
  const access: ScoreAccess = {
    inputShape: model.inputShape,
    classes: 2,
    scores,
    async labels(batch) {
      const misses = await scores(batch)
      return Int32Array.from({ length: rows(misses) }, (_, i) => {
        const values = row(misses, i)
        return Number.isNaN(values[0]) ? -1 : labelOf(values)
      })
    },
  }
  if (!('lossGradient' in model)) return access
  return {
    ...access,
    async lossGradient(batch) {
      const first = new Int32Array(rows(batch))
      const answer = await model.lossGradient(batch, first, { loss: 'logit' })
      const gradient = tensor(batch.shape, answer.gradient.data.slice())
      for (let i = 0; i < rows(batch); i++) {
        if (row(answer.scores, i)[0]! >= truth) continue
        const slopes = row(gradient, i)
        for (let k = 0; k < slopes.length; k++) slopes[k] = -slopes[k]!
      }
      const misses = missesOf(answer.scores)
      const losses = Float32Array.from(first, (_, i) => row(misses, i)[0]! - tolerance)
      return { gradient, losses, scores: misses }
    },
  }
}

/**
 * Attacks a regression model by an attack on classifiers: `isAdversarial` says that the prediction left the tolerance around
 * the truth, and `labels` are 0 there and 1 elsewhere.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export function attackRegression<Access extends ScoreAccess>(
  attack: AttackFunction<Access extends GradientAccess ? GradientAccess : ScoreAccess>,
  model: Access,
  batch: Tensor,
  { truths, tolerance }: RegressionTarget,
  settings: AttackSettings,
  task?: Task,
): Promise<AttackResult> {
  if (truths.length !== rows(batch)) {
    const message = `${rows(batch)} samples came with ${truths.length} true values; pass one each`
    throw new AttackError('ATTACK_INPUT_INVALID', message)
  }
  if (!(tolerance >= 0 && Number.isFinite(tolerance))) {
    const message = `tolerance is ${tolerance}; pass a finite number from 0 up`
    throw new AttackError('ATTACK_OPTION_INVALID', message)
  }
  const targetOf = (index: number) => ({
    model: missAccess(model, truths[index]!, tolerance),
    sample: single(batch, index),
    label: within,
  })
  return attackOneByOne(attack, batch, targetOf, settings, task)
}
