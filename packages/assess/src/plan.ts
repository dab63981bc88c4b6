import { type Attack, AttackError, type AttackParameters, type InputRange } from '@merlon/attacks'
import type { Norm } from '@merlon/tensor'
import { AssessError } from './assess-error.ts'
import type { Cell } from './campaign.ts'
import { limits } from './limits.ts'
import type { Catalogue, Choice } from './profiles.ts'

/** What is asked for, before it is known to make sense. */
export interface PlanOptions {
  readonly catalogue: Catalogue
  readonly choices: readonly Choice[]
  readonly norm: Norm
  readonly epsilon: readonly number[]
  readonly samples: number | 'all'
  readonly count: number
  readonly range: InputRange
}

export interface Plan {
  /** Attacks of minimal distance first; then attack by attack at the smallest epsilon, then at the next. */
  readonly cells: readonly Cell[]
  /** Names, each once. */
  readonly attacks: readonly string[]
  readonly epsilon: readonly number[]
  /** Samples to look at, from the first. */
  readonly n: number
}

/**
 * Turns options into the runs they ask for, each once.
 * @throws AssessError ASSESS_OPTION_INVALID, ASSESS_NO_SAMPLES; AttackError ATTACK_UNKNOWN
 */
export function planOf(options: PlanOptions): Plan {
  const { catalogue, choices, norm, epsilon, samples, count, range } = options
  if (choices.length === 0) throw invalid('no attack was named; pass at least one, such as pgd')
  if (epsilon.length === 0) throw invalid('no epsilon was given; pass at least one, such as 0.1')
  if (epsilon.length > limits.epsilonsMax) {
    throw invalid(`${epsilon.length} epsilons were given; pass at most ${limits.epsilonsMax}`)
  }
  const byName = new Map(choices.map((choice) => [choice.attack, choice]))
  const chosen = [...byName.values()].map(({ attack, parameters }) => ({
    ...named(catalogue, attack, norm),
    parameters,
  }))
  for (const value of epsilon) checkEpsilon(value, norm, range)
  if (samples !== 'all' && !(Number.isInteger(samples) && samples >= 1)) {
    throw invalid(`samples is ${samples}; pass a whole number from 1 up, or all`)
  }
  if (count === 0) {
    throw new AssessError('ASSESS_NO_SAMPLES', 'the data holds no sample; check its path and split')
  }
  const sorted = [...new Set(epsilon)].sort((a, b) => a - b)
  const minimal = chosen.filter(({ declaration }) => declaration.goal === 'minimal')
  const bounded = chosen.filter(({ declaration }) => declaration.goal === 'bounded')
  return {
    cells: [
      ...minimal.map((one) => ({ ...one, norm, epsilon: Number.POSITIVE_INFINITY })),
      ...sorted.flatMap((value) => bounded.map((one) => ({ ...one, norm, epsilon: value }))),
    ],
    attacks: chosen.map(({ attack }) => attack),
    epsilon: sorted,
    n: samples === 'all' ? count : Math.min(samples, count),
  }
}

/** @throws AttackError ATTACK_UNKNOWN, which lists the names there are; AssessError ASSESS_OPTION_INVALID */
function named(catalogue: Catalogue, attack: string, norm: Norm) {
  const declaration: Attack | undefined = Object.hasOwn(catalogue, attack)
    ? catalogue[attack]
    : undefined
  if (declaration === undefined) {
    const known = Object.keys(catalogue).join(', ')
    throw new AttackError(
      'ATTACK_UNKNOWN',
      `there is no attack ${JSON.stringify(attack.slice(0, 40))}; choose among ${known}`,
    )
  }
  if (!declaration.norms.includes(norm)) {
    throw invalid(`${attack} knows ${declaration.norms.join(' and ')} but not ${norm}`)
  }
  return { attack, declaration }
}

/** How many queries each cell may take on a sample. */
export function queriesOf({ declaration, parameters }: Cell, classes: number): number {
  return Math.max(1, declaration.queriesPerSample(parameters as AttackParameters, classes))
}

function checkEpsilon(epsilon: number, norm: Norm, range: InputRange): void {
  if (!(Number.isFinite(epsilon) && epsilon >= 0)) {
    throw invalid(`epsilon is ${epsilon}; pass a finite number from 0 up`)
  }
  if (norm === 'linf' && range !== null && epsilon >= range[1] - range[0]) {
    throw invalid(
      `epsilon ${epsilon} is as wide as the whole input range [${range.join(', ')}]; pass it in input units, such as ${Number((8 / 255).toFixed(4))} for 8/255`,
    )
  }
}

/** An option of the user's that makes no sense. */
export function invalid(message: string): AssessError {
  return new AssessError('ASSESS_OPTION_INVALID', message)
}
