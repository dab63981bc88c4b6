import { type Random, type Task, unattended } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import { type Tensor, tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import { checkStepSize } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { ascend } from '../perturb.ts'
import type { Subject } from '../searches.ts'
import { noiseFor } from '../smooth-noise.ts'
import { pairedEstimate } from './estimate.ts'
import { inside, type ScoreSearch, searchByScores } from './score-search.ts'

export interface NesOptions extends Ball {
  readonly random: Random
  /** On each sample; 5,000 unless given. */
  readonly queries?: number
  /** In input units; a tenth of epsilon unless given. */
  readonly stepSize?: number
}

/** Pairs of one estimate (the paper: 50 points, which are 25 pairs). */
const pairsPerStep = 25
/** How far a pair's ends are from the point, as a share of epsilon. */
const probeShare = 0.1
const momentum = 0.9

/**
 * Natural evolution strategies (Ilyas, Engstrom, Athalye and Lin 2018, section 2.1 and algorithm 1): projected gradient steps
 * along estimates from antithetic pairs of normal noise, with momentum as the authors' code has it.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function nes(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  options: NesOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, epsilon, range, queries = 5_000, stepSize = epsilon / 10 } = options
  checkStepSize(options.stepSize)
  const begin = (subject: Subject) => climb(subject, { norm, epsilon, range }, stepSize)
  return searchByScores(model, batch, labels, { ...options, queries }, begin, task)
}

function* climb({ origin, shape, random }: Subject, ball: Ball, stepSize: number): ScoreSearch {
  yield [origin]
  if (ball.epsilon === 0) return
  const draw = noiseFor(shape, random)
  const probe = (probeShare * ball.epsilon) / (ball.norm === 'linf' ? 1 : Math.sqrt(origin.length))
  const single = [1, origin.length]
  const velocity = new Float32Array(origin.length)
  let x: Float32Array = origin
  for (;;) {
    const directions = Array.from({ length: pairsPerStep }, draw)
    const gradient = yield* pairedEstimate(x, origin, ball, directions, probe)
    for (let k = 0; k < velocity.length; k++) {
      velocity[k] = momentum * velocity[k]! + (1 - momentum) * gradient[k]!
    }
    const climbed = ascend(tensor(single, x), tensor(single, velocity), ball.norm, stepSize)
    x = inside(climbed.data, origin, ball)
    yield [x]
  }
}

export const nesAttack: Attack = {
  title: 'NES',
  summary:
    'Projected gradient steps along gradients that are estimated from pairs of noisy scores.',
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
      default: 'epsilon / 10',
      range: [0, Number.MAX_VALUE],
      meaning: 'length of a step in input units',
    },
  },
  paper: {
    text: 'Ilyas, Engstrom, Athalye and Lin (2018), Black-box Adversarial Attacks with Limited Queries and Information, algorithm 1',
    url: 'https://arxiv.org/abs/1804.08598',
  },
  queriesPerSample: ({ queries = 5_000 }) => queries,
  cost: 'queries, fewer for samples that fall early',
  run: nes,
}
