import { type Random, type Task, unattended } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import { checkStepSize } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import type { Subject } from '../searches.ts'
import { pairedEstimate } from './estimate.ts'
import { inside, type ScoreSearch, searchByScores } from './score-search.ts'

export interface SpsaOptions extends Ball {
  readonly random: Random
  /** On each sample; 5,000 unless given. */
  readonly queries?: number
  /** Of Adam, in input units; a fifth of epsilon unless given. */
  readonly stepSize?: number
}

/** Pairs of one estimate; the paper takes up to 8,192 and shows that more are stronger. */
const pairsPerStep = 32
/** How far a pair's ends are from the point in each component, as a share of epsilon (the paper: 0.01 in [0, 1]). */
const probeShare = 0.1
/** Of Adam (Kingma and Ba 2015). */
const [beta1, beta2, stability] = [0.9, 0.999, 1e-12]

/**
 * Simultaneous perturbation stochastic approximation (Uesato et al. 2018, algorithm 1): Adam on gradients of the margin that
 * are estimated from pairs of points, x + d v and x - d v, with random signs v.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function spsa(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  options: SpsaOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, epsilon, range, queries = 5_000, stepSize = epsilon / 5 } = options
  checkStepSize(options.stepSize)
  const begin = (subject: Subject) => adam(subject, { norm, epsilon, range }, stepSize)
  return searchByScores(model, batch, labels, { ...options, queries }, begin, task)
}

function* adam({ origin, random }: Subject, ball: Ball, stepSize: number): ScoreSearch {
  yield [origin]
  if (ball.epsilon === 0) return
  const scale = ball.norm === 'linf' ? 1 : 1 / Math.sqrt(origin.length)
  const probe = probeShare * ball.epsilon * scale
  const mean = new Float64Array(origin.length)
  const square = new Float64Array(origin.length)
  let x: Float32Array = origin
  for (let step = 1; ; step++) {
    const signs = Array.from({ length: pairsPerStep }, () =>
      origin.map(() => (random() < 0.5 ? -1 : 1)),
    )
    const gradient = yield* pairedEstimate(x, origin, ball, signs, probe)
    const next = x.slice()
    for (let k = 0; k < next.length; k++) {
      const slope = gradient[k]!
      mean[k] = beta1 * mean[k]! + (1 - beta1) * slope
      square[k] = beta2 * square[k]! + (1 - beta2) * slope * slope
      const deviation = Math.sqrt(square[k]! / (1 - beta2 ** step)) + stability
      next[k] = next[k]! + (stepSize * scale * mean[k]!) / (1 - beta1 ** step) / deviation
    }
    x = inside(next, origin, ball)
    yield [x]
  }
}

export const spsaAttack: Attack = {
  title: 'SPSA',
  summary: 'Adam on gradients that are estimated from pairs of scores on both sides of the point.',
  access: 'scores',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: {
    queries: {
      type: 'integer',
      default: '5000',
      range: [1, limits.queriesMax],
      meaning: 'scores asked for on each sample, at most',
    },
    stepSize: {
      type: 'number',
      default: 'epsilon / 5',
      range: [0, Number.MAX_VALUE],
      meaning: 'step of Adam in input units: of each component in linf, of all together in l2',
    },
  },
  paper: {
    text: "Uesato, O'Donoghue, van den Oord and Kohli (2018), Adversarial Risk and the Dangers of Evaluating Against Weak Attacks, algorithm 1",
    url: 'https://arxiv.org/abs/1802.05666',
  },
  queriesPerSample: ({ queries = 5_000 }) => queries,
  cost: 'queries, fewer for samples that fall early',
  run: spsa,
}
