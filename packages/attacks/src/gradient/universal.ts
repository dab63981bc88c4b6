import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { argmaxRows, project, row, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, checkNumber } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { ascend, type Inside, indicesOf, keepInside } from '../perturb.ts'
import { watchAttack } from '../watch.ts'
import { defaultStepSize } from './pgd.ts'

export type UniversalOptions = Ball & Pick<AttackParameters, 'steps' | 'stepSize'>

/**
 * One perturbation for the whole batch (Moosavi-Dezfooli et al. 2017) by gradient ascent on a loss that is cut off where a sample
 * is fooled (Shafahi et al. 2020, eq. 3 and 4; here the margin). Every sample is given the same perturbation, the
 * one that fooled the most; only the range cuts it differently. A batch is what it is made for and tried on.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function universal(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: UniversalOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, epsilon, range, steps = 100 } = options
  const { stepSize = defaultStepSize(epsilon, steps) } = options
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball)
  checkCount('steps', steps, limits.stepsMax)
  checkNumber('stepSize', stepSize)
  const watch = watchAttack(batch, ball)
  const samples = indicesOf(labels)
  const shape = [1, ...batch.shape.slice(1)]
  const origin = tensor(shape, new Float32Array(sizeOf(shape)))
  let delta = origin
  let best = { point: batch, answered: labels, fooled: -1, loss: Number.NEGATIVE_INFINITY }

  for (let step = 0; step <= steps && labels.length > 0; step++) {
    task.signal.throwIfAborted()
    const { point, clipped } = onEach(batch, delta, ball)
    if (step > 0) watch.moved(point.data.length, clipped)
    const answer = await model.lossGradient(point, labels, { loss: 'margin' })
    watch.look(samples, answer)
    const answered = argmaxRows(answer.scores)
    const fooled = answered.filter((label, i) => label !== labels[i]).length
    const loss = answer.losses.reduce((sum, value) => sum + (value || 0), 0)
    if (fooled > best.fooled || (fooled === best.fooled && loss > best.loss)) {
      best = { point, answered, fooled, loss }
    }
    task.progress(step + 1, steps + 1)
    const standing = samples.filter((i) => answered[i] === labels[i])
    if (standing.length === 0) break
    const uphill = sumOver(answer.gradient, standing, shape)
    delta = project(ascend(delta, uphill, norm, stepSize), origin, norm, epsilon)
  }
  const isAdversarial = Array.from(best.answered, (label, i) => label !== labels[i])
  const health = watch.evidence(best.point, isAdversarial)
  task.progress(1, 1)
  return {
    adversarial: best.point,
    isAdversarial,
    labels: best.answered,
    queries: watch.queries(),
    health,
  }
}

/** The perturbation on each sample, as far as the range lets it. */
function onEach(batch: Tensor, delta: Tensor, ball: Ball): Inside {
  const moved = tensor(batch.shape, batch.data.slice())
  const size = delta.data.length
  for (let k = 0; k < moved.data.length; k++) moved.data[k] = moved.data[k]! + delta.data[k % size]!
  return keepInside(moved, batch, ball)
}

/** The sum of the gradients of the samples at `indices`, without what is no number. */
function sumOver(gradient: Tensor, indices: Int32Array, shape: readonly number[]): Tensor {
  const sum = new Float32Array(gradient.data.length / (gradient.shape[0] || 1))
  for (const i of indices) {
    const slopes = row(gradient, i)
    for (let k = 0; k < sum.length; k++) {
      if (Number.isFinite(slopes[k]!)) sum[k] = sum[k]! + slopes[k]!
    }
  }
  return tensor(shape, sum)
}

export const universalAttack: Attack = {
  title: 'Universal perturbation',
  summary: 'Looks for one perturbation that, added to any sample of the batch, fools the model.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: {
    steps: {
      type: 'integer',
      default: '100',
      range: [1, limits.stepsMax],
      meaning: 'gradient steps, each over the whole batch',
    },
    stepSize: {
      type: 'number',
      default: 'the larger of epsilon / 5 and 2.5 * epsilon / steps',
      range: [0, Number.MAX_VALUE],
      meaning: 'length of a step in input units',
    },
  },
  paper: {
    text: 'Moosavi-Dezfooli, Fawzi, Fawzi and Frossard (2017), Universal Adversarial Perturbations; as Shafahi, Najibi, Xu, Dickerson, Davis and Goldstein (2020), Universal Adversarial Training',
    url: 'https://arxiv.org/abs/1610.08401',
  },
  queriesPerSample: ({ steps = 100 }) => steps + 1,
  cost: 'steps + 1, fewer where all fall',
  run: universal,
}
