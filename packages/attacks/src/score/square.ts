import { type Random, type Task, unattended } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import { type Assault, beginAssault, endAssault } from '../assault.ts'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, invalidOption } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { searchSquares } from './search-squares.ts'
import { signedSquares } from './signed-squares.ts'
import { smoothSquares } from './smooth-squares.ts'

export interface SquareOptions extends Ball {
  readonly random: Random
  /** The most evaluations on a sample; 5000 unless given. */
  readonly queries?: number
}

/**
 * The Square attack (Andriushchenko, Croce, Flammarion and Hein 2020, algorithm 1): random search with windows that
 * shrink by a schedule, on the margin loss. In linf a window takes the sign of epsilon (algorithm 2), in l2 a
 * window's share of epsilon moves to another one (algorithm 3).
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function square(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  options: SquareOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const assault = beginAssault(model, batch, labels, options, task)
  await squaresOnStanding(assault, options)
  return endAssault(assault)
}

/** The search of `square` on the samples that still stand. @throws AttackError ATTACK_OPTION_INVALID */
export async function squaresOnStanding(
  assault: Assault<ScoreAccess>,
  { queries = 5000 }: AttackParameters,
): Promise<void> {
  checkCount('queries', queries, limits.queriesMax)
  const { norm } = assault.ball
  if (norm === 'linf') await searchSquares(assault, signedSquares, queries)
  else if (norm === 'l2') await searchSquares(assault, smoothSquares, queries)
  else throw invalidOption(`square searches in linf or l2, not in ${norm}`)
}

export const squareParameters = {
  queries: {
    type: 'integer',
    default: '5000',
    range: [1, limits.queriesMax],
    meaning: 'model evaluations on a sample at most',
  },
} as const satisfies Attack['parameters']

export const squareAttack: Attack = {
  title: 'Square attack',
  summary:
    'Random search: windows of a picture, smaller and smaller, take new values and keep them where the margin falls.',
  access: 'scores',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: squareParameters,
  paper: {
    text: 'Andriushchenko, Croce, Flammarion and Hein (2020), Square Attack: a query-efficient black-box adversarial attack via random search, algorithm 1',
    url: 'https://arxiv.org/abs/1912.00049',
  },
  queriesPerSample: ({ queries = 5000 }) => queries,
  cost: 'queries, fewer for samples that fall early',
  run: square,
}
