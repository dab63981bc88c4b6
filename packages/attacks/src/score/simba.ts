import { type Random, type Task, unattended } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import { checkStepSize, invalidOption } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import type { Subject } from '../searches.ts'
import { cosineBasis, pixelBasis } from './basis.ts'
import { inside, type ScoreSearch, searchByScores } from './score-search.ts'

/** The bases that SimBA knows, by name. */
const bases = { pixel: pixelBasis, dct: cosineBasis } as const

export type SimbaBasis = keyof typeof bases

export interface SimbaOptions extends Ball {
  readonly random: Random
  /** On each sample; 5,000 unless given. */
  readonly queries?: number
  /** In input units; a tenth of epsilon unless given. */
  readonly stepSize?: number
  /** pixel unless given; dct is for samples of [channels, height, width]. */
  readonly basis?: SimbaBasis
}

/**
 * SimBA, the simple black-box attack (Guo et al. 2019, algorithm 1): tries one direction of an orthonormal basis after the
 * other, forwards and backwards, and keeps what raises the margin. What would leave the ball is brought back to it.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function simba(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  options: SimbaOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const {
    norm,
    epsilon,
    range,
    queries = 5_000,
    stepSize = epsilon / 10,
    basis = 'pixel',
  } = options
  checkStepSize(options.stepSize)
  if (!Object.hasOwn(bases, basis)) {
    throw invalidOption(`basis is ${basis}; choose among ${Object.keys(bases).join(', ')}`)
  }
  if (basis === 'dct' && model.inputShape.length !== 3) {
    throw invalidOption(
      'basis is dct, which is for samples of [channels, height, width]; pass pixel',
    )
  }
  const begin = (subject: Subject) => walk(subject, { norm, epsilon, range }, stepSize, basis)
  return searchByScores(model, batch, labels, { ...options, queries }, begin, task)
}

function* walk(
  { origin, shape, random }: Subject,
  ball: Ball,
  stepSize: number,
  basis: SimbaBasis,
): ScoreSearch {
  let [best = Number.NEGATIVE_INFINITY] = yield [origin]
  if (ball.epsilon === 0) return
  let x: Float32Array = origin
  for (;;) {
    for (const direction of bases[basis](shape, random)) {
      for (const size of [stepSize, -stepSize]) {
        const point = inside(direction(x, size), origin, ball)
        const [margin = Number.NEGATIVE_INFINITY] = yield [point]
        if (!(margin > best)) continue
        best = margin
        x = point
        break
      }
    }
  }
}

export const simbaAttack: Attack = {
  title: 'SimBA',
  summary:
    'Tries one pixel or one cosine wave after the other and keeps what brings the model nearer to an error.',
  access: 'scores',
  goal: 'bounded',
  norms: ['l2'],
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
      meaning: 'length of a step along one direction in input units',
    },
    basis: {
      type: 'choice',
      default: 'pixel',
      choices: ['pixel', 'dct'],
      meaning:
        'directions to try: single components, or cosine waves of an image from low frequencies up',
    },
  },
  paper: {
    text: 'Guo, Gardner, You, Wilson and Weinberger (2019), Simple Black-box Adversarial Attacks, algorithm 1',
    url: 'https://arxiv.org/abs/1905.07121',
  },
  queriesPerSample: ({ queries = 5_000 }) => queries,
  cost: 'queries, fewer for samples that fall early',
  run: simba,
}
