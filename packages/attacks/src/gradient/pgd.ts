import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { gather, type Tensor } from '@merlon/tensor'
import { pick } from '../assault.ts'
import type { AttackResult, Ball } from '../attack.ts'
import { attemptsOn } from '../attempts.ts'
import { checkCount, checkInput, checkNumber } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { keepInside, randomPoint } from '../perturb.ts'
import { watchAttack } from '../watch.ts'
import { stepperOf } from './steps.ts'

export interface PgdOptions extends Ball {
  readonly random: Random
  /** 40 unless given. */
  readonly steps?: number
  /** In input units; `defaultStepSize` unless given. */
  readonly stepSize?: number
  /** 1 unless given. */
  readonly restarts?: number
  /** Begin at a random point of the ball, not at the sample itself; true unless given. */
  readonly randomStart?: boolean
  /** Leave a sample alone as soon as the model errs on it; true unless given. */
  readonly stopWhenFooled?: boolean
  /** What is climbed; cross-entropy unless given. */
  readonly loss?: PgdLoss
  /** Evaluations that each gradient is averaged over; 1 unless given. */
  readonly evaluations?: number
}

const pgdLosses = ['cross-entropy', 'margin', 'dlr'] as const
type PgdLoss = (typeof pgdLosses)[number]

/**
 * A fifth of epsilon, and with few steps enough to cross the ball (2.5 epsilon / steps, as Madry et al.).
 * Measured as the strongest of the usual choices: docs/decisions/0040-pgd-step-size.md.
 */
export function defaultStepSize(epsilon: number, steps: number): number {
  return Math.max(epsilon / 5, (2.5 * epsilon) / steps)
}

/**
 * Projected gradient descent (Madry et al. 2018, section 2.1):
 * x' = project(x + stepSize sign(dJ/dx)), from a random point of the ball; in l2 along the normalised gradient, in l1 by
 * sparse steps (Tramèr and Boneh 2019). A randomised model is climbed in expectation (Athalye et al. 2018, section 4.2).
 * Each point on the way counts as an attempt, and a sample that falls is not attacked again.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function pgd(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: PgdOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, epsilon, range, random } = options
  const { steps = 40, restarts = 1, randomStart = true, stopWhenFooled = true } = options
  const { stepSize = defaultStepSize(epsilon, steps), loss = 'cross-entropy' } = options
  const { evaluations = 1 } = options
  const ball = { norm, epsilon, range }
  checkInput(model, batch, labels, ball)
  checkCount('steps', steps, limits.stepsMax)
  checkCount('restarts', restarts, limits.restartsMax)
  checkCount('evaluations', evaluations, limits.evaluationsMax)
  checkNumber('stepSize', stepSize)
  const attempts = attemptsOn(batch, labels)
  const watch = watchAttack(batch, ball)
  const climb = { size: stepSize, loss, evaluations, task }
  const stepFrom = stepperOf(model, batch, labels, ball, climb)
  const isOpen = (sample: number) => !(stopWhenFooled && attempts.isFooled(sample))

  for (let restart = 0; restart < restarts; restart++) {
    let samples: Int32Array = Int32Array.from(labels, (_, i) => i).filter(isOpen)
    let x = gather(batch, samples)
    if (randomStart) x = keepInside(randomPoint(x, ball, random), x, ball).point
    for (let step = 0; samples.length > 0; step++) {
      task.signal.throwIfAborted()
      const { answer, next } = await stepFrom(x, samples)
      watch.look(samples, answer)
      watch.spend(samples.length * (evaluations - 1))
      attempts.enter(samples, x, answer)
      task.progress(restart * (steps + 1) + step + 1, restarts * (steps + 1))
      if (step === steps) break

      const open = Int32Array.from(samples, (_, k) => k).filter((k) => isOpen(samples[k]!))
      samples = pick(samples, open)
      const { point, clipped } = next(open)
      watch.moved(point.data.length, clipped)
      x = point
    }
  }

  const best = attempts.best()
  const health = watch.evidence(best.adversarial, best.isAdversarial)
  return { ...best, queries: watch.queries(), health }
}

export const pgdAttack = {
  title: 'Projected gradient descent',
  summary: 'Many small steps along the gradient from a random start, kept inside the ball.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf', 'l2', 'l1'],
  parameters: {
    steps: {
      type: 'integer',
      default: '40',
      range: [1, limits.stepsMax],
      meaning: 'gradient steps of each run',
    },
    stepSize: {
      type: 'number',
      default: 'the larger of epsilon / 5 and 2.5 * epsilon / steps',
      range: [0, Number.MAX_VALUE],
      meaning: 'length of a step in input units',
    },
    restarts: {
      type: 'integer',
      default: '1',
      range: [1, limits.restartsMax],
      meaning: 'runs, each from a new random start, on the samples that still stand',
    },
    randomStart: {
      type: 'boolean',
      default: 'true',
      meaning: 'begin at a random point of the ball, not at the sample itself',
    },
    stopWhenFooled: {
      type: 'boolean',
      default: 'true',
      meaning: 'leave a sample alone as soon as the model errs on it',
    },
    loss: {
      type: 'choice',
      default: 'cross-entropy',
      choices: pgdLosses,
      meaning: 'what is climbed; dlr needs three classes',
    },
    evaluations: {
      type: 'integer',
      default: '1',
      range: [1, limits.evaluationsMax],
      meaning: 'evaluations that each gradient is averaged over, for randomised models',
    },
  },
  paper: {
    text: 'Madry, Makelov, Schmidt, Tsipras and Vladu (2018), Towards Deep Learning Models Resistant to Adversarial Attacks, section 2.1',
    url: 'https://arxiv.org/abs/1706.06083',
  },
  queriesPerSample: ({ steps = 40, restarts = 1, evaluations = 1 }) =>
    (steps + 1) * restarts * evaluations,
  cost: '(steps + 1) * restarts * evaluations, fewer for samples that fall early',
  run: pgd,
} as const satisfies Attack
