import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import { type Assault, beginAssault, endAssault, standing } from '../assault.ts'
import type { AttackFunction, AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { apgdParameters } from './apgd-parameters.ts'
import { climb } from './climb.ts'

export interface ApgdOptions extends Ball {
  readonly random: Random
  /** What is climbed: `dlr` is the margin where there are fewer than three classes. */
  readonly loss: 'cross-entropy' | 'dlr'
  /** 100 unless given. */
  readonly steps?: number
  /** 10 unless given. */
  readonly restarts?: number
  /** Leave a sample alone as soon as the model errs on it; true unless given. */
  readonly stopWhenFooled?: boolean
}

/**
 * Automatic PGD (Croce and Hein 2020, algorithm 1): steps of twice epsilon with momentum that are halved, from the
 * best point so far, wherever the loss stops climbing. Nothing about it is to be tuned.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function apgd(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: ApgdOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const assault = beginAssault(model, batch, labels, options, task)
  await climbFromStarts(assault, options)
  const { loss } = options
  const note = `apgd-dlr climbed the margin: ${model.classes} classes are too few for dlr`
  const notes = loss === 'dlr' && model.classes < 3 ? [note] : []
  return { ...endAssault(assault), notes }
}

/** The runs of `apgd` on the samples that still stand. @throws AttackError ATTACK_OPTION_INVALID */
export async function climbFromStarts(
  assault: Assault<GradientAccess>,
  {
    loss,
    steps = 100,
    restarts = 10,
    stopWhenFooled = true,
  }: Omit<ApgdOptions, keyof Ball | 'random'>,
): Promise<void> {
  checkCount('steps', steps, limits.stepsMax)
  checkCount('restarts', restarts, limits.restartsMax)
  const climbed = loss === 'dlr' && assault.model.classes < 3 ? 'margin' : loss
  for (let restart = 0; restart < restarts; restart++) {
    const samples = stopWhenFooled ? standing(assault) : assault.labels.map((_, i) => i)
    const done = restart * (steps + 1) + 1
    await climb(assault, { samples }, { loss: climbed, steps, stopWhenFooled }, (step) =>
      assault.task.progress(done + step, restarts * (steps + 1)),
    )
  }
}

const shared = {
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: { ...apgdParameters, restarts: { ...apgdParameters.restarts, default: '10' } },
  paper: {
    text: 'Croce and Hein (2020), Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks, algorithm 1',
    url: 'https://arxiv.org/abs/2003.01690',
  },
  queriesPerSample: ({ steps = 100, restarts = 10 }: AttackParameters) => (steps + 1) * restarts,
  cost: '(steps + 1) * restarts, fewer for samples that fall early',
} as const

function apgdOn(loss: ApgdOptions['loss']): AttackFunction<GradientAccess> {
  return (model, batch, labels, settings, task) =>
    apgd(model, batch, labels, { ...settings, loss }, task)
}

export const apgdCeAttack: Attack = {
  ...shared,
  title: 'Automatic PGD on the cross-entropy',
  summary:
    'Steps with momentum along the gradient, halved wherever the loss stops climbing, so that no step size is to be chosen.',
  run: apgdOn('cross-entropy'),
}

export const apgdDlrAttack: Attack = {
  ...shared,
  title: 'Automatic PGD on the difference of logits ratio',
  summary:
    'The same on a loss that no scaling of the logits changes, so that overconfidence does not hide the way; the margin where there are fewer than three classes.',
  run: apgdOn('dlr'),
}
