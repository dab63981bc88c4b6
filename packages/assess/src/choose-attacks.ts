import { attackCatalogue } from '@merlon/attacks'
import { assert, type Skipped } from '@merlon/core'
import type { Norm } from '@merlon/tensor'
import { accessOf, isGiven } from './access.ts'
import type { AssessOptions } from './assess-options.ts'
import { runText } from './cell-text.ts'
import { limits } from './limits.ts'
import { type Plan, planOf } from './plan.ts'
import { type Probe, varying } from './probe.ts'
import { type Catalogue, type Choice, fallbackFor, profiles } from './profiles.ts'

/** The attacks that were named, or those of the profile. */
export function choicesOf({
  attacks,
  profile,
  model,
  norm,
  parameters = {},
  surrogate,
  catalogue: given,
}: AssessOptions) {
  if (attacks !== undefined) return attacks.map((attack) => ({ attack, parameters }))
  const catalogue: Catalogue = given ?? attackCatalogue
  const { choose } = profiles[profile ?? 'standard']
  const own = surrogate === undefined ? [] : knowing(norm, catalogue, 'transfer')
  return [...choose(catalogue, accessOf(model), norm), ...own].map((choice) => ({
    ...choice,
    parameters: { ...choice.parameters, ...parameters },
  }))
}

/** The runs of some attacks. @throws as `planOf` */
export function planFor(options: AssessOptions, choices: readonly Choice[]): Plan {
  const { catalogue = attackCatalogue, attacks, profile = 'standard', dataset } = options
  const usual = attacks === undefined ? profiles[profile].samples : limits.samplesDefault
  const { count, range } = dataset
  return planOf({ samples: usual, ...options, catalogue, choices, count, range })
}

/** An attack that a profile takes only where something asks for it. */
function knowing(norm: Norm, catalogue: Catalogue, attack: string): Choice[] {
  const isFit = Object.hasOwn(catalogue, attack) && catalogue[attack]!.norms.includes(norm)
  return isFit ? [{ attack, parameters: {} }] : []
}

/**
 * What is left to run once the model has shown whether it can be differentiated; a model that answers otherwise each time
 * is attacked in expectation too.
 */
export function allowed(
  options: AssessOptions,
  named: readonly Choice[],
  { noGradients, checks }: Probe,
) {
  const { model, norm, epsilon, fallback = true } = options
  const catalogue: Catalogue = options.catalogue ?? attackCatalogue
  const skipped: Skipped[] = []
  const isBlind = noGradients !== undefined
  const has = isBlind ? 'scores' : accessOf(model)
  const isRandom = checks.some(({ name, isHealthy }) => name === varying && !isHealthy)
  const inExpectation =
    isRandom && options.attacks === undefined && has === 'gradients'
      ? knowing(norm, catalogue, 'eot-pgd')
      : []
  const asked = [...named, ...inExpectation]
  const kept = asked.filter(({ attack }) => {
    const declaration = catalogue[attack]
    assert(declaration !== undefined, 'the plan knows every attack')
    if (isGiven(declaration.access, has)) return true
    const why =
      noGradients ?? `the attack needs ${declaration.access}, which the model does not give`
    const runs =
      declaration.goal === 'minimal'
        ? [Number.POSITIVE_INFINITY]
        : [...new Set(epsilon)].sort((a, b) => a - b)
    for (const value of runs) skipped.push({ what: runText(attack, norm, value), why })
    return false
  })
  if (!isBlind || !fallback || kept.length === asked.length) return { choices: kept, skipped }
  const names = new Set(kept.map(({ attack }) => attack))
  const extra = fallbackFor(catalogue, norm).filter(({ attack }) => !names.has(attack))
  return { choices: [...kept, ...extra], skipped }
}

/** How long the run may take; no bound where it is `undefined`. */
export function budgetOf({ timeBudgetMs, attacks, samples, profile = 'standard' }: AssessOptions) {
  // Who says how many samples wants them, however long they take.
  const isSaid = attacks !== undefined || samples !== undefined
  if (timeBudgetMs !== undefined || isSaid) return timeBudgetMs
  const chosen = profiles[profile]
  return 'timeBudgetMs' in chosen ? chosen.timeBudgetMs : undefined
}
