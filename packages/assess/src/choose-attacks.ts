import { attackCatalogue } from '@merlon/attacks'
import { assert, type Skipped } from '@merlon/core'
import type { Norm } from '@merlon/tensor'
import { accessOf, isGiven } from './access.ts'
import type { AssessOptions } from './assess-options.ts'
import { runText } from './cell-text.ts'
import { constrainedCatalogue, constrainedChoices } from './constrained-catalogue.ts'
import { limits } from './limits.ts'
import { invalid, type Plan, planOf } from './plan.ts'
import { type Probe, varying } from './probe.ts'
import { type Catalogue, type Choice, fallbackFor, profiles } from './profiles.ts'

/** The attacks that were named, or those of the profile. */
export function choicesOf(options: AssessOptions) {
  const { attacks, profile, model, norm, parameters = {}, surrogate, constraints } = options
  if (constraints !== undefined && surrogate !== undefined) {
    throw invalid(
      'samples made on another model are not held to rows that can exist; leave the surrogate or the description of the columns out',
    )
  }
  if (attacks !== undefined) return attacks.map((attack) => ({ attack, parameters }))
  const catalogue = catalogueOf(options)
  if (constraints !== undefined) {
    const chosen = constrainedChoices(catalogue, profile ?? 'standard', accessOf(model), norm)
    return chosen.map((choice) => ({
      ...choice,
      parameters: { ...choice.parameters, ...parameters },
    }))
  }
  const { choose } = profiles[profile ?? 'standard']
  const own = surrogate === undefined ? [] : knowing(norm, catalogue, 'transfer')
  return [...choose(catalogue, accessOf(model), norm), ...own].map((choice) => ({
    ...choice,
    parameters: { ...choice.parameters, ...parameters },
  }))
}

/** What there is to choose among: every attack, or under constraints those that can be held to them. */
function catalogueOf({ catalogue = attackCatalogue, constraints }: AssessOptions): Catalogue {
  return constraints === undefined ? catalogue : constrainedCatalogue(catalogue, constraints)
}

/** The runs of some attacks. @throws as `planOf` */
export function planFor(options: AssessOptions, choices: readonly Choice[]): Plan {
  const { attacks, profile = 'standard', dataset } = options
  const catalogue = catalogueOf(options)
  const usual = attacks === undefined ? profiles[profile].samples : limits.samplesDefault
  const { count } = dataset
  // Epsilon is in units of the columns' scales there, which no range of the inputs bounds.
  const range = options.constraints === undefined ? dataset.range : null
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
  const catalogue = catalogueOf(options)
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
  // A search by scores is in every profile of tables already.
  const isSearched = options.constraints !== undefined && kept.length > 0
  if (!isBlind || !fallback || isSearched || kept.length === asked.length) {
    return { choices: kept, skipped }
  }
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
