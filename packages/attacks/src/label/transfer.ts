import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess, LabelAccess } from '@merlon/model'
import { gather, row, type Tensor, tensor } from '@merlon/tensor'
import { pick } from '../assault.ts'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, invalidOption } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { miFgsm } from '../gradient/mi-fgsm.ts'
import { diFgsmAttack, tiFgsmAttack } from '../gradient/momentum-attacks.ts'
import { limits } from '../limits.ts'
import { indicesOf } from '../perturb.ts'
import { watchAttack } from '../watch.ts'

export interface TransferOptions
  extends Ball,
    Pick<
      AttackParameters,
      'steps' | 'stepSize' | 'decay' | 'nesterov' | 'scales' | 'diversity' | 'kernel' | 'restarts'
    > {
  readonly random: Random
  /** The adversary's own model, which must take the victim's samples and know its classes. */
  readonly surrogate?: GradientAccess
}

/**
 * Transfer (Papernot, McDaniel and Goodfellow 2016): samples made on a surrogate, by momentum, diverse inputs and smoothing, are tried on a
 * victim that gives labels only. What the surrogate evaluates is the adversary's own affair and no query.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function transfer(
  model: LabelAccess,
  batch: Tensor,
  labels: Int32Array,
  options: TransferOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { surrogate, restarts = 1, ...crafting } = options
  checkInput(model, batch, labels, options)
  if (surrogate === undefined) {
    throw invalidOption('there is no surrogate; pass a model of the adversary to make samples on')
  }
  checkInput(surrogate, batch, labels, options)
  checkCount('restarts', restarts, limits.restartsMax)
  const watch = watchAttack(batch, options)
  const adversarial = tensor(batch.shape, batch.data.slice())
  const answered = labels.slice()

  for (let restart = 0; restart < restarts; restart++) {
    const samples = indicesOf(labels).filter((i) => answered[i] === labels[i])
    if (samples.length === 0) break
    const crafted = await miFgsm(
      surrogate,
      gather(batch, samples),
      pick(labels, samples),
      { diversity: 0.5, kernel: 5, ...crafting },
      { ...task, progress: () => {} },
    )
    task.signal.throwIfAborted()
    const victims = await model.labels(crafted.adversarial)
    watch.spend(samples.length)
    for (const [k, i] of samples.entries()) {
      answered[i] = victims[k]!
      row(adversarial, i).set(row(crafted.adversarial, k))
    }
    task.progress(restart + 1, restarts)
    task.signal.throwIfAborted()
  }
  const isAdversarial = Array.from(answered, (label, i) => label !== labels[i])
  const health = watch.evidence(adversarial, isAdversarial)
  task.progress(1, 1)
  return { adversarial, isAdversarial, labels: answered, queries: watch.queries(), health }
}

export const transferAttack: Attack = {
  title: 'Transfer from a surrogate',
  summary: 'Makes samples on a model of the adversary and tries them on the victim.',
  access: 'labels',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: {
    ...diFgsmAttack.parameters,
    kernel: tiFgsmAttack.parameters.kernel!,
    restarts: {
      type: 'integer',
      default: '1',
      range: [1, limits.restartsMax],
      meaning: 'samples that are made and tried one after another until one fools the victim',
    },
  },
  paper: {
    text: 'Papernot, McDaniel and Goodfellow (2016), Transferability in Machine Learning; samples as Dong et al. (2018, 2019) and Xie et al. (2019)',
    url: 'https://arxiv.org/abs/1605.07277',
  },
  queriesPerSample: ({ restarts = 1 }) => restarts,
  cost: 'restarts on the victim; what the surrogate evaluates does not count',
  run: transfer,
}
