import { gaussian, type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { gather, row, type Tensor } from '@merlon/tensor'
import { beginAssault, endAssault, pick, standing } from '../assault.ts'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { ascend, keepInside } from '../perturb.ts'

export interface RFgsmOptions extends Ball, Pick<AttackParameters, 'restarts'> {
  readonly random: Random
}

/**
 * The randomised fast gradient sign method (Tramèr et al. 2018, eq. 7): half of epsilon along random signs, out of the
 * curvature at the sample, then the other half along the gradient's sign.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function rFgsm(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: RFgsmOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { restarts = 1 } = options
  const assault = beginAssault(model, batch, labels, options, task)
  checkCount('restarts', restarts, limits.restartsMax)
  const { attempts, watch, ball, randoms } = assault
  const alpha = ball.epsilon / 2

  for (let restart = 0; restart < restarts; restart++) {
    const samples = standing(assault)
    if (samples.length === 0) break
    const from = gather(batch, samples)
    const of = pick(labels, samples)
    const drawn = gather(batch, samples)
    for (const [k, i] of samples.entries()) {
      const values = row(drawn, k)
      for (let c = 0; c < values.length; c++) {
        values[c] = values[c]! + alpha * Math.sign(gaussian(randoms[i]!))
      }
    }
    const start = keepInside(drawn, from, ball).point
    task.signal.throwIfAborted()
    const first = await model.lossGradient(start, of)
    watch.look(samples, first)
    attempts.enter(samples, start, first)
    task.progress(2 * restart + 1, 2 * restarts)

    const climbed = ascend(start, first.gradient, ball.norm, ball.epsilon - alpha)
    const { point, clipped } = keepInside(climbed, from, ball)
    watch.moved(point.data.length, clipped)
    task.signal.throwIfAborted()
    const second = await model.lossGradient(point, of)
    watch.look(samples, second)
    attempts.enter(samples, point, second)
    task.progress(2 * restart + 2, 2 * restarts)
  }
  return endAssault(assault)
}

export const rFgsmAttack: Attack = {
  title: 'Randomised fast gradient sign method',
  summary:
    'Half of epsilon along random signs, then the other half along the sign of the gradient.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf'],
  parameters: {
    restarts: {
      type: 'integer',
      default: '1',
      range: [1, limits.restartsMax],
      meaning: 'draws of the random signs, on the samples that still stand',
    },
  },
  paper: {
    text: 'Tramèr, Kurakin, Papernot, Goodfellow, Boneh and McDaniel (2018), Ensemble Adversarial Training: Attacks and Defenses, eq. 7',
    url: 'https://arxiv.org/abs/1705.07204',
  },
  queriesPerSample: ({ restarts = 1 }) => 2 * restarts,
  cost: '2 * restarts',
  run: rFgsm,
}
