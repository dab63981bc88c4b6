import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { rows, type Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import { attemptsOn } from '../attempts.ts'
import { checkInput } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { ascend, keepInside } from '../perturb.ts'
import { watchAttack } from '../watch.ts'

export type FgsmOptions = Ball

/**
 * The fast gradient sign method (Goodfellow et al. 2015, section 4): x + epsilon sign(dJ/dx).
 * In l2 the step is epsilon along the normalised gradient (Miyato et al. 2017).
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function fgsm(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  { norm, epsilon, range }: FgsmOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball)
  const samples = Int32Array.from(labels, (_, i) => i)
  const attempts = attemptsOn(batch, labels)
  const watch = watchAttack(batch, ball)

  if (rows(batch) > 0) {
    task.signal.throwIfAborted()
    const start = await model.lossGradient(batch, labels)
    watch.look(samples, start)
    task.progress(1, 2)

    const { point, clipped } = keepInside(ascend(batch, start.gradient, norm, epsilon), batch, ball)
    watch.moved(point.data.length, clipped)

    task.signal.throwIfAborted()
    const end = await model.lossGradient(point, labels)
    watch.look(samples, end)
    attempts.enter(samples, point, end)
    task.progress(2, 2)
  }

  const best = attempts.best()
  const health = watch.evidence(best.adversarial, best.isAdversarial)
  return { ...best, queries: watch.queries(), health }
}

export const fgsmAttack: Attack = {
  title: 'Fast gradient sign method',
  summary: 'One step of the full epsilon along the sign (l2: the direction) of the gradient.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: {},
  paper: {
    text: 'Goodfellow, Shlens and Szegedy (2015), Explaining and Harnessing Adversarial Examples, section 4',
    url: 'https://arxiv.org/abs/1412.6572',
  },
  queriesPerSample: () => 2,
  cost: '2',
  run: fgsm,
}
