import {
  type AttackParameters,
  attackCatalogue,
  type GradientAccess,
  type LabelAccess,
} from '@merlon/attacks'
import {
  type Clock,
  CodedError,
  conclude,
  type HealthCheck,
  type Report,
  type Severity,
  type Skipped,
  type Task,
  unattended,
  version,
} from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import type { Norm } from '@merlon/tensor'
import { type Cell, type CellResult, runCell } from './campaign.ts'
import { type CleanPass, cleanPass } from './clean-pass.ts'
import { figuresOf } from './figures.ts'
import { evasionFinding, healthFindings, nameOf } from './findings.ts'
import { checkFit } from './fit.ts'
import { healthChecks, type RatedCheck } from './health.ts'
import { illustrations } from './illustrate.ts'
import { limits } from './limits.ts'
import { type Plan, planOf } from './plan.ts'

export interface AssessOptions {
  /** Without `lossGradient`, white-box attacks are listed as skipped. */
  readonly model: LabelAccess | GradientAccess
  readonly modelPath: string
  /** Lower-case hex. */
  readonly modelSha256: string
  readonly dataset: Dataset
  /** Names of the catalogue. */
  readonly attacks: readonly string[]
  readonly norm: Norm
  /** In input units, one or more. */
  readonly epsilon: readonly number[]
  /** How many samples to look at, from the first; 1000 unless given. */
  readonly samples?: number | 'all'
  /** Options of the attacks, as the catalogue declares them. */
  readonly parameters?: AttackParameters
  readonly seed: number
  readonly failOn: Severity
  readonly task?: Task
  readonly clock: Clock
}

/**
 * Measures how a model withstands evasion: clean accuracy, robust accuracy per attack and epsilon and
 * of each sample's worst case, whether these figures can be trusted, and what was not measured.
 * A stopped task gives the part that is done, marked as interrupted.
 * @throws AssessError MODEL_DATA_MISMATCH, ASSESS_OPTION_INVALID, ASSESS_NO_SAMPLES; AttackError ATTACK_UNKNOWN, ATTACK_OPTION_INVALID
 */
export async function assess(options: AssessOptions): Promise<Report> {
  const { model, modelPath, dataset, seed, failOn, clock, task = unattended } = options
  const startedAt = clock()
  const { count, range } = dataset
  const plan = planOf({ samples: limits.samplesDefault, ...options, count, range })
  checkFit(model, dataset)

  const progress = overallProgress(plan, options)
  const clean = await cleanPass(model, dataset, plan.n, progress.part(0))
  const skipped = unmeasured('clean accuracy', clean.n, plan.n, task)
  const cells: CellResult[] = []
  for (const [k, cell] of plan.cells.entries()) {
    const result = await tryCell(options, plan, clean, cell, progress.part(k + 1))
    if ('why' in result) skipped.push(result)
    else {
      cells.push(result)
      skipped.push(
        ...unmeasured(cellText(cell), result.n, clean.n, task),
        ...untested(result, plan),
      )
    }
  }

  const { estimates, worst } = figuresOf(clean, cells, seed)
  const checks = healthChecks(clean, model.classes, cells)
  const findings = [
    ...worst.flatMap((row) => evasionFinding(modelPath, row)),
    ...healthFindings(modelPath, checks),
  ]
  return {
    schema: 'merlon/assess/v1',
    ...conclude({ findings, skipped, failOn, interrupted: task.signal.aborted }),
    title: `How ${nameOf(modelPath)} withstands evasion on ${dataset.name}: upper bounds of its robust accuracy (${plan.attacks.join(', ')}; not AutoAttack)`,
    findings,
    estimates,
    skipped,
    health: checks.map((check) => reported(check, plan)),
    illustrations: illustrations(dataset, cells),
    seed,
    inputs: [{ path: modelPath, sha256: options.modelSha256 }, ...dataset.inputs],
    options: optionTexts(options, plan),
    tool: { name: 'merlon', version },
    startedAt: new Date(startedAt).toISOString(),
    durationMs: clock() - startedAt,
  }
}

/** The engine's codes for a model that can be asked but not differentiated. */
const noGradient: readonly string[] = ['NO_GRADIENT_RULE', 'NO_GRADIENT_PATH']

/** Runs one cell, or says why it cannot be run on this model. */
async function tryCell(
  { model, dataset, seed, parameters = {} }: AssessOptions,
  plan: Plan,
  clean: CleanPass,
  cell: Cell,
  task: Task,
): Promise<CellResult | Skipped> {
  const what = cellText(cell)
  if (!('lossGradient' in model)) {
    return { what, why: 'the attack needs gradients, which the model does not give' }
  }
  const examplesMax = Math.max(1, Math.floor(limits.examplesMax / plan.cells.length))
  try {
    return await runCell(model, dataset, clean, cell, { seed, parameters, examplesMax }, task)
  } catch (error) {
    if (error instanceof CodedError && noGradient.includes(error.code)) {
      return { what, why: error.message }
    }
    throw error
  }
}

function unmeasured(what: string, done: number, wanted: number, { signal }: Task): Skipped[] {
  if (done === wanted && !(signal.aborted && wanted === 0)) return []
  const why = 'the run was interrupted'
  return [{ what: done === 0 ? what : `${what} on samples ${done} to ${wanted - 1}`, why }]
}

/** A check as the report holds it; where there are several epsilons it says at which. */
function reported({ epsilon, severity: _, ...check }: RatedCheck, plan: Plan): HealthCheck {
  if (epsilon === undefined || plan.epsilon.length === 1) return check
  return { ...check, attack: `${check.attack} at epsilon ${epsilon}` }
}

/** An attack that had no sample or no room tested nothing, however high its figure is. */
function untested(result: CellResult, { epsilon }: Plan): Skipped[] {
  const what = cellText(result)
  if (result.n > 0 && result.evidence.samples === 0) {
    return [{ what, why: 'the model is right on none of the samples, so that none was attacked' }]
  }
  // As the start of a row of epsilons 0 is a baseline; alone it would pass for an attack that failed.
  const isAllZero = epsilon.every((value) => value === 0)
  return isAllZero
    ? [{ what, why: 'epsilon 0 leaves an adversary no room; pass a larger one' }]
    : []
}

/** Progress in planned queries, so that a slow attack counts for what it costs. */
function overallProgress(plan: Plan, { model, parameters = {}, task = unattended }: AssessOptions) {
  const costs = plan.cells.map(({ attack }) =>
    attackCatalogue[attack].queriesPerSample(parameters, model.classes),
  )
  const shares = [1, ...costs].map((cost) => cost * plan.n)
  const total = shares.reduce((sum, share) => sum + share, 0)
  return {
    part(index: number): Task {
      const before = shares.slice(0, index).reduce((sum, share) => sum + share, 0)
      return {
        signal: task.signal,
        progress: (done, all) =>
          task.progress(Math.round(before + (shares[index]! * done) / all), total),
      }
    },
  }
}

function optionTexts(options: AssessOptions, plan: Plan): Record<string, string> {
  const { dataset, norm, seed, failOn, parameters = {} } = options
  const names = plan.attacks.join(', ')
  return {
    data: dataset.name,
    attack: names,
    norm,
    epsilon: plan.epsilon.join(', '),
    samples: `the first ${plan.n} of ${dataset.count}`,
    ...Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)])),
    seed: String(seed),
    'fail-on': failOn,
    reading: `robust accuracy is an upper bound: ${names} found no more, a stronger attack such as AutoAttack may`,
  }
}

function cellText({ attack, norm, epsilon }: Cell): string {
  return `${attack} (${norm}, epsilon ${epsilon})`
}
