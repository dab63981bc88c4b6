import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { gather, type Tensor } from '@merlon/tensor'
import { likeliestOthers, marginAnswer } from '../answer.ts'
import { type Assault, beginAssault, endAssault, pick, standing } from '../assault.ts'
import type { AttackResult, Ball } from '../attack.ts'
import { checkCount } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { apgdParameters, targetsParameter } from './apgd-parameters.ts'
import { climb, type Runs } from './climb.ts'

export interface TargetedApgdOptions extends Ball {
  readonly random: Random
  /** 100 unless given. */
  readonly steps?: number
  /** 1 unless given. */
  readonly restarts?: number
  /** Other classes that each sample is led to, the likeliest first; 9 unless given. */
  readonly targets?: number
  /** Leave a sample alone as soon as the model errs on it; true unless given. */
  readonly stopWhenFooled?: boolean
}

/**
 * Automatic PGD on the targeted difference of logits ratio (Croce and Hein 2020, eq. 7), towards the classes that the
 * model finds likeliest after the true one. All targets climb side by side; one that succeeds ends the others.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function targetedApgd(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: TargetedApgdOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const assault = beginAssault(model, batch, labels, options, task)
  await climbToTargets(assault, options)
  const note = `apgd-t climbed the targeted margin: ${model.classes} classes are too few for targeted dlr`
  return { ...endAssault(assault), notes: model.classes < 4 ? [note] : [] }
}

/** The runs of `targetedApgd` on the samples that still stand. @throws AttackError ATTACK_OPTION_INVALID */
export async function climbToTargets(
  assault: Assault<GradientAccess>,
  options: Omit<TargetedApgdOptions, keyof Ball | 'random'>,
): Promise<void> {
  const { steps = 100, restarts = 1, targets = 9, stopWhenFooled = true } = options
  checkCount('steps', steps, limits.stepsMax)
  checkCount('restarts', restarts, limits.restartsMax)
  checkCount('targets', targets, limits.targetsMax)
  const { model, batch, labels, attempts, watch, task } = assault
  const loss = model.classes < 4 ? 'targeted-margin' : 'targeted-dlr'
  const total = 1 + restarts * (steps + 1)

  const samples = standing(assault)
  if (samples.length === 0) return
  task.signal.throwIfAborted()
  const truth = pick(labels, samples)
  const clean = marginAnswer(await model.scores(gather(batch, samples)), truth)
  watch.look(samples, clean)
  attempts.enter(samples, gather(batch, samples), clean)
  task.progress(1, total)
  const goals = likeliestOthers(clean.scores, truth, targets)

  for (let restart = 0; restart < restarts; restart++) {
    const isOpen = (sample: number) => !(stopWhenFooled && attempts.isFooled(sample))
    const runs = runsOf(samples, goals, isOpen)
    const done = 2 + restart * (steps + 1)
    await climb(assault, runs, { loss, steps, stopWhenFooled }, (step) =>
      task.progress(done + step, total),
    )
  }
}

/** One run for each open sample and goal. */
export function runsOf(
  samples: Int32Array,
  goals: readonly Int32Array[],
  isOpen: (sample: number) => boolean,
): Required<Runs> {
  const pairs = Array.from(samples, (sample, i) => ({ sample, goals: goals[i]! }))
    .filter(({ sample }) => isOpen(sample))
    .flatMap(({ sample, goals: own }) => Array.from(own, (target) => ({ sample, target })))
  return {
    samples: Int32Array.from(pairs, ({ sample }) => sample),
    targets: Int32Array.from(pairs, ({ target }) => target),
  }
}

export const apgdTargetedAttack: Attack = {
  title: 'Targeted automatic PGD',
  summary:
    'Automatic PGD towards each of the likeliest other classes, on the targeted difference of logits ratio; the targeted margin where there are fewer than four classes.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: { ...apgdParameters, targets: targetsParameter },
  paper: {
    text: 'Croce and Hein (2020), Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks, section 4',
    url: 'https://arxiv.org/abs/2003.01690',
  },
  queriesPerSample: ({ steps = 100, restarts = 1, targets = 9 }, classes) =>
    1 + Math.min(targets, classes - 1) * (steps + 1) * restarts,
  cost: '1 + targets * (steps + 1) * restarts, fewer for samples that fall early',
  run: targetedApgd,
}
