import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { gather, row, type Tensor } from '@merlon/tensor'
import type { AttackParameters, AttackResult, Ball, InputRange } from '../attack.ts'
import { checkCount, checkInput, checkNumber } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { nearestOn, settled } from '../nearest.ts'
import { indicesOf, intoRange } from '../perturb.ts'
import { watchAttack } from '../watch.ts'
import { surely } from './confidence.ts'
import { cwAttack } from './cw.ts'
import { weightSearch } from './weight-search.ts'

export type EadOptions = Ball &
  Pick<
    AttackParameters,
    'steps' | 'searchSteps' | 'stepSize' | 'initialWeight' | 'l1Weight' | 'confidence'
  >

/**
 * The elastic-net attack (Chen et al. 2018, algorithm 1): minimise c f(x) + beta |x - x0|_1 + |x - x0|_2^2 by accelerated
 * shrinkage and thresholding, with the least c that a search finds; the sample that is nearest in l1 is kept. Distances are
 * in widths of the range. The model is asked at the points y^k alone, which then count as attempts.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function ead(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: EadOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { range, steps = 100, searchSteps = 6, stepSize = 0.02, confidence = 0 } = options
  const { initialWeight = 1, l1Weight: beta = 0.02 } = options
  checkInput(model, batch, labels, options, 'minimal')
  checkCount('steps', steps, limits.stepsMax)
  checkCount('searchSteps', searchSteps, limits.searchStepsMax)
  checkNumber('stepSize', stepSize)
  checkNumber('initialWeight', initialWeight)
  checkNumber('l1Weight', beta)
  checkNumber('confidence', confidence)
  const nearest = nearestOn(batch, labels, options)
  const watch = watchAttack(batch, options)
  const search = weightSearch(labels.length, initialWeight)
  const samples = indicesOf(labels)
  const unit = range === null ? 1 : range[1] - range[0] || 1

  for (let round = 0; round < searchSteps && labels.length > 0; round++) {
    const hasFooled = new Uint8Array(labels.length)
    let x = batch
    let y = batch
    for (let step = 0; step < steps; step++) {
      task.signal.throwIfAborted()
      const answer = await model.lossGradient(y, labels, { loss: 'margin' })
      const answered = surely(answer, labels, confidence)
      watch.look(samples, answer)
      nearest.enter(samples, y, answered)
      task.progress(round * steps + step + 1, searchSteps * steps + 1)

      const alpha = stepSize * Math.sqrt(1 - step / steps)
      const next = gather(y, samples)
      for (const i of samples) {
        if (answered[i] !== labels[i]) hasFooled[i] = 1
        const weight = answer.losses[i]! < confidence ? search.weight(i) : 0
        const from = row(batch, i)
        const slopes = row(answer.gradient, i)
        const values = row(next, i)
        for (let k = 0; k < values.length; k++) {
          const away = (values[k]! - from[k]!) / unit
          const slope = Number.isFinite(slopes[k]!) ? slopes[k]! * unit : 0
          values[k] = from[k]! + unit * shrunk(away - alpha * (2 * away - weight * slope), beta)
        }
      }
      const inside = intoRange(next, batch, range).point
      y = ahead(inside, x, batch, { share: step / (step + 3), range })
      x = inside
    }
    for (const i of samples) search.tell(i, hasFooled[i] === 1)
  }
  return settled(model, nearest, watch, task)
}

/** The shrinkage of eq. 6: beta nearer to 0, and 0 within beta of it. */
function shrunk(away: number, beta: number): number {
  return Math.sign(away) * Math.max(0, Math.abs(away) - beta)
}

/** y = x + share (x - before), inside the range. */
function ahead(
  x: Tensor,
  before: Tensor,
  batch: Tensor,
  { share, range }: { readonly share: number; readonly range: InputRange },
): Tensor {
  const data = x.data.map((value, k) => value + share * (value - before.data[k]!))
  return intoRange({ shape: x.shape, data }, batch, range).point
}

export const eadAttack: Attack = {
  ...cwAttack,
  title: 'Elastic-net attack',
  summary:
    'Minimises the l1 and the squared l2 distance and a weighted margin together, so that few components change.',
  norms: ['l1'],
  parameters: {
    ...cwAttack.parameters,
    steps: {
      type: 'integer',
      default: '100',
      range: [1, limits.stepsMax],
      meaning: 'steps for each weight',
    },
    stepSize: {
      type: 'number',
      default: '0.02',
      range: [0, Number.MAX_VALUE],
      meaning: 'length of the first step against its slope; it falls to 0',
    },
    l1Weight: {
      type: 'number',
      default: '0.02',
      range: [0, Number.MAX_VALUE],
      meaning: 'what each step takes off every change, in widths of the range',
    },
  },
  paper: {
    text: 'Chen, Sharma, Zhang, Yi and Hsieh (2018), EAD: Elastic-Net Attacks to Deep Neural Networks via Adversarial Examples, algorithm 1',
    url: 'https://arxiv.org/abs/1709.04114',
  },
  cost: 'steps * searchSteps + 1',
  run: ead,
}
