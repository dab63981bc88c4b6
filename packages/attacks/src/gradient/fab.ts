import { type Random, seededRandom, type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { argmaxRows, distance, gather, type Tensor } from '@merlon/tensor'
import { likeliestOthers, marginAnswer } from '../answer.ts'
import { type Assault, pick, standing } from '../assault.ts'
import type { AttackFunction, AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, invalidOption } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { nearestOn } from '../nearest.ts'
import { watchAttack } from '../watch.ts'
import { apgdParameters, targetsParameter } from './apgd-parameters.ts'
import { type ApproachJob, approach, randomStarts, type Walk } from './approach.ts'
import type { PlaneNorm } from './hyperplane.ts'

export interface FabOptions extends Ball {
  readonly random: Random
  /** 100 unless given. */
  readonly steps?: number
  /** 1 unless given. */
  readonly restarts?: number
  /** Other classes whose boundaries are looked at, the likeliest first; 9 unless given. */
  readonly targets?: number
  /** Walk to each target on its own (FAB-T), not to the nearest at each step. */
  readonly isTargeted: boolean
}

/**
 * The fast adaptive boundary attack (Croce and Hein 2020, Minimally distorted Adversarial Examples with a Fast Adaptive
 * Boundary Attack), which seeks the nearest sample that fools the model, and its targeted form.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function fab(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: FabOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, epsilon, range, random } = options
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball, 'minimal')
  const nearest = nearestOn(batch, labels, ball)
  const watch = watchAttack(batch, ball)
  const isDone = (sample: number) => nearest.distance(sample) === 0
  const everything = Int32Array.from(labels, (_, i) => i)
  const randoms = Array.from(labels, () => seededRandom(Math.floor(random() * 2 ** 32)))
  const found = (samples: Int32Array, points: Tensor, scores: Tensor) =>
    nearest.enter(samples, points, argmaxRows(scores))
  const job = { model, batch, labels, norm: planeNorm(norm), range, watch, task, found, isDone }
  await walkFrom(job, everything, options, { randoms, reach: (i) => nearest.distance(i) })

  task.signal.throwIfAborted()
  const { queries, ...best } = await nearest.settle(model)
  const health = watch.evidence(best.adversarial, best.isAdversarial)
  return { ...best, queries: watch.queries() + queries, health }
}

/** FAB-T on the samples that still stand, each left alone as soon as it falls within the ball. */
export async function fabOnStanding(
  { model, batch, labels, ball, randoms, attempts, watch, task }: Assault<GradientAccess>,
  options: AttackParameters,
): Promise<void> {
  const found = (samples: Int32Array, points: Tensor, scores: Tensor) => {
    const isInside = (k: number) =>
      distance(gather(points, [k]), gather(batch, [samples[k]!]), ball.norm, 0) <= ball.epsilon
    const answer = marginAnswer(scores, pick(labels, samples))
    const fooled = Array.from(samples.keys()).filter((k) => !(answer.losses[k]! < 0) && isInside(k))
    if (fooled.length === 0) return
    const losses = Float32Array.from(fooled, (k) => answer.losses[k]!)
    attempts.enter(pick(samples, fooled), gather(points, fooled), {
      scores: gather(scores, fooled),
      losses,
    })
  }
  const { range } = ball
  const isDone = (sample: number) => attempts.isFooled(sample)
  const job = {
    model,
    batch,
    labels,
    norm: planeNorm(ball.norm),
    range,
    watch,
    task,
    found,
    isDone,
  }
  const samples = standing({ labels, attempts })
  await walkFrom(
    job,
    samples,
    { ...options, isTargeted: true },
    { randoms, reach: () => ball.epsilon },
  )
}

/** Where restarts begin. */
interface Starts {
  readonly randoms: readonly Random[]
  readonly reach: (sample: number) => number
}

async function walkFrom(
  job: Omit<ApproachJob, 'tell' | 'steps'>,
  samples: Int32Array,
  {
    steps = 100,
    restarts = 1,
    targets = 9,
    isTargeted,
  }: AttackParameters & { isTargeted: boolean },
  { randoms, reach }: Starts,
): Promise<void> {
  checkCount('steps', steps, limits.stepsMax)
  checkCount('restarts', restarts, limits.restartsMax)
  checkCount('targets', targets, limits.targetsMax)
  if (samples.length === 0) return
  const { model, batch, labels, watch, task, found, isDone } = job
  const total = 1 + restarts * steps

  task.signal.throwIfAborted()
  const own = gather(batch, samples)
  const truth = pick(labels, samples)
  const scores = await model.scores(own)
  watch.look(samples, marginAnswer(scores, truth))
  found(samples, own, scores)
  task.progress(1, total)
  const goals = likeliestOthers(scores, truth, targets)
  const walks = Array.from(samples).flatMap((sample, i): Walk[] =>
    isTargeted
      ? Array.from(goals[i]!, (target) => ({ sample, targets: Int32Array.of(target) }))
      : [{ sample, targets: goals[i]! }],
  )
  for (let restart = 0; restart < restarts; restart++) {
    const open = walks.filter(({ sample }) => !isDone(sample))
    const half = (sample: number) => (Number.isFinite(reach(sample)) ? reach(sample) : 0)
    const starts =
      restart === 0
        ? gather(
            batch,
            open.map(({ sample }) => sample),
          )
        : randomStarts(batch, open, job, half, randoms)
    const done = 2 + restart * steps
    const tell = (step: number) => task.progress(done + step, total)
    await approach({ ...job, steps, tell }, open, starts)
  }
}

/** @throws AttackError ATTACK_OPTION_INVALID for a norm in which FAB is not made here */
function planeNorm(norm: Ball['norm']): PlaneNorm {
  if (norm === 'linf' || norm === 'l2') return norm
  throw invalidOption(`fab walks in linf or l2, not in ${norm}`)
}

const shared = {
  access: 'gradients',
  goal: 'minimal',
  norms: ['linf', 'l2'],
  parameters: {
    steps: apgdParameters.steps,
    restarts: apgdParameters.restarts,
    targets: targetsParameter,
  },
  paper: {
    text: 'Croce and Hein (2020), Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack, algorithm 1',
    url: 'https://arxiv.org/abs/1907.02044',
  },
} as const

function fabThat(isTargeted: boolean): AttackFunction<GradientAccess> {
  return (model, batch, labels, settings, task) =>
    fab(model, batch, labels, { ...settings, isTargeted }, task)
}

export const fabAttack: Attack = {
  ...shared,
  title: 'Fast adaptive boundary attack',
  summary:
    'Projects onto the nearest boundary of the linearised model, stays close to the sample, and steps back from each point that fools.',
  queriesPerSample: ({ steps = 100, restarts = 1, targets = 9 }, classes) =>
    2 + (Math.min(targets, classes - 1) + 1) * steps * restarts,
  cost: '2 + (targets + 1) * steps * restarts',
  run: fabThat(false),
}

export const fabTargetedAttack: Attack = {
  ...shared,
  title: 'Targeted fast adaptive boundary attack',
  summary:
    'The same walk towards each of the likeliest other classes on its own, which costs less where there are many classes.',
  queriesPerSample: ({ steps = 100, restarts = 1, targets = 9 }, classes) =>
    2 + Math.min(targets, classes - 1) * 2 * steps * restarts,
  cost: '2 + targets * 2 * steps * restarts',
  run: fabThat(true),
}
