import { type AttackName, attackCatalogue, type InputRange, parseAttackName } from '@merlon/attacks'
import type { Norm } from '@merlon/tensor'
import { AssessError } from './assess-error.ts'
import type { Cell } from './campaign.ts'
import { limits } from './limits.ts'

/** What is asked for, before it is known to make sense. */
export interface PlanOptions {
  readonly attacks: readonly string[]
  readonly norm: Norm
  readonly epsilon: readonly number[]
  readonly samples: number | 'all'
  readonly count: number
  readonly range: InputRange
}

export interface Plan {
  /** Attack by attack at the smallest epsilon, then at the next. */
  readonly cells: readonly Cell[]
  readonly attacks: readonly AttackName[]
  readonly epsilon: readonly number[]
  /** Samples to look at, from the first. */
  readonly n: number
}

/**
 * Turns options into the runs they ask for, each once.
 * @throws AssessError ASSESS_OPTION_INVALID, ASSESS_NO_SAMPLES; AttackError ATTACK_UNKNOWN
 */
export function planOf({ attacks, norm, epsilon, samples, count, range }: PlanOptions): Plan {
  if (attacks.length === 0) throw invalid('no attack was named; pass at least one, such as pgd')
  if (epsilon.length === 0) throw invalid('no epsilon was given; pass at least one, such as 0.1')
  if (epsilon.length > limits.epsilonsMax) {
    throw invalid(`${epsilon.length} epsilons were given; pass at most ${limits.epsilonsMax}`)
  }
  const names = [...new Set(attacks)].map(parseAttackName)
  for (const name of names) {
    if (!attackCatalogue[name].norms.includes(norm)) {
      throw invalid(`${name} knows ${attackCatalogue[name].norms.join(' and ')} but not ${norm}`)
    }
  }
  for (const value of epsilon) checkEpsilon(value, norm, range)
  if (samples !== 'all' && !(Number.isInteger(samples) && samples >= 1)) {
    throw invalid(`samples is ${samples}; pass a whole number from 1 up, or all`)
  }
  if (count === 0) {
    throw new AssessError('ASSESS_NO_SAMPLES', 'the data holds no sample; check its path and split')
  }
  const sorted = [...new Set(epsilon)].sort((a, b) => a - b)
  return {
    cells: sorted.flatMap((value) => names.map((attack) => ({ attack, norm, epsilon: value }))),
    attacks: names,
    epsilon: sorted,
    n: samples === 'all' ? count : Math.min(samples, count),
  }
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

function invalid(message: string): AssessError {
  return new AssessError('ASSESS_OPTION_INVALID', message)
}
