import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { pgd, pgdAttack } from './pgd.ts'

export interface BimOptions
  extends Ball,
    Pick<AttackParameters, 'steps' | 'stepSize' | 'stopWhenFooled'> {
  readonly random: Random
}

/**
 * The basic iterative method (Kurakin, Goodfellow and Bengio 2017, section 2.2): fgsm in small steps from the sample
 * itself. As there, the steps add up to 1.25 epsilon.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export function bim(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  { norm, epsilon, range, random, steps = 10, stopWhenFooled = true, ...options }: BimOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { stepSize = (1.25 * epsilon) / steps } = options
  const walk = { steps, stepSize, stopWhenFooled, randomStart: false }
  return pgd(model, batch, labels, { norm, epsilon, range, random, ...walk }, task)
}

const { stepSize, stopWhenFooled } = pgdAttack.parameters

export const bimAttack: Attack = {
  title: 'Basic iterative method',
  summary: 'The fast gradient sign method in small steps, kept inside the ball.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: {
    steps: {
      type: 'integer',
      default: '10',
      range: [1, limits.stepsMax],
      meaning: 'gradient steps',
    },
    stepSize: { ...stepSize, default: '1.25 * epsilon / steps' },
    stopWhenFooled,
  },
  paper: {
    text: 'Kurakin, Goodfellow and Bengio (2017), Adversarial Examples in the Physical World, section 2.2',
    url: 'https://arxiv.org/abs/1607.02533',
  },
  queriesPerSample: ({ steps = 10 }) => steps + 1,
  cost: 'steps + 1, fewer for samples that fall early',
  run: bim,
}
