import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult } from '../attack.ts'
import type { Attack } from '../declaration.ts'
import { type PgdOptions, pgd, pgdAttack } from './pgd.ts'

/**
 * Projected gradient descent on the expectation over a model's own randomness (Athalye, Carlini and Wagner 2018,
 * section 4.2): `pgd` with ten evaluations of each point. What fools it is the mean of the scores.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export function eotPgd(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: PgdOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  return pgd(model, batch, labels, { evaluations: 10, ...options }, task)
}

export const eotPgdAttack: Attack = {
  ...pgdAttack,
  title: 'Projected gradient descent in expectation',
  summary:
    'Averages each gradient over evaluations of a randomised model, whose noise would lead a single one astray.',
  parameters: {
    ...pgdAttack.parameters,
    evaluations: { ...pgdAttack.parameters.evaluations, default: '10' },
  },
  paper: {
    text: 'Athalye, Carlini and Wagner (2018), Obfuscated Gradients Give a False Sense of Security, section 4.2',
    url: 'https://arxiv.org/abs/1802.00420',
  },
  queriesPerSample: (parameters) => pgdAttack.queriesPerSample({ evaluations: 10, ...parameters }),
  run: eotPgd,
}
