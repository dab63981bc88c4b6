import {
  conclude,
  type HealthCheck,
  isAtLeast,
  type Report,
  type Skipped,
  unattended,
  version,
} from '@merlon/core'
import type { AssessOptions } from './assess-options.ts'
import { compareWith } from './baseline.ts'
import type { CellResult } from './campaign.ts'
import type { CleanPass } from './clean-pass.ts'
import { constrainedCheck, constrainedFigures } from './constrained-figures.ts'
import { curvesOf } from './curves.ts'
import { figuresOf, isAutoAttack, isBlunt } from './figures.ts'
import { evasionFinding, healthFindings, nameOf } from './findings.ts'
import { judgeGates } from './gates.ts'
import { healthChecks } from './health.ts'
import { illustrations } from './illustrate.ts'
import { loudness } from './loudness.ts'
import type { Plan } from './plan.ts'
import { constraintsText } from './possible-rows.ts'
import type { Probe } from './probe.ts'
import type { RatedCheck } from './rated-check.ts'

/** What a run came to, before it is judged. */
export interface Measured {
  readonly plan: Plan
  readonly clean: CleanPass
  readonly cells: readonly CellResult[]
  readonly skipped: readonly Skipped[]
  readonly probe: Probe
}

/** Turns what was measured into figures, findings and a verdict. */
export function reportOf(
  options: AssessOptions,
  { plan, clean, cells, skipped, probe }: Measured,
  startedAt: number,
): Report {
  const { model, modelPath, dataset, seed, failOn, clock, task = unattended } = options
  const { gates = [], baseline } = options
  const place = { kind: 'model', path: modelPath } as const
  const { constraints } = options
  const { estimates: figures, worst } = figuresOf(clean, cells, plan.epsilon, seed)
  const isHeld = constraints !== undefined
  const estimates = [
    ...figures,
    ...loudness(cells, seed),
    ...(isHeld ? constrainedFigures(clean, cells, seed) : []),
  ]
  const checks = [
    ...probe.checks,
    ...healthChecks(clean, model.classes, cells, isHeld),
    ...(isHeld ? constrainedCheck(cells) : []),
  ]
  const doubts = healthFindings(modelPath, checks)
  const own = [...worst.flatMap((row) => evasionFinding(modelPath, row, constraints)), ...doubts]
  const compared =
    baseline === undefined
      ? { findings: own, skipped: [] }
      : compareWith(baseline, own, estimates, dataset.inputs, place)
  const serious = doubts.filter(({ severity }) => isAtLeast(severity, 'medium'))
  const judged = judgeGates(gates, estimates, serious, place)
  const findings = [...compared.findings, ...judged.findings]
  const left = [...skipped, ...unbounded(clean, cells), ...compared.skipped, ...judged.skipped]
  return {
    schema: 'merlon/assess/v1',
    ...conclude({ findings, skipped: left, failOn, interrupted: task.signal.aborted }),
    title: `How ${nameOf(modelPath)} withstands evasion on ${dataset.name}${isHeld ? ' by rows that can exist' : ''}: upper bounds of its robust accuracy (${claim(plan, cells)})`,
    findings,
    estimates,
    skipped: left,
    health: checks.map((check) => reported(check, plan)),
    illustrations: illustrations(dataset, cells),
    curves: curvesOf(clean, cells, worst, dataset.labelNames, seed),
    seed,
    inputs: [
      { path: modelPath, sha256: options.modelSha256 },
      ...(options.surrogate === undefined ? [] : [options.surrogate.input]),
      ...dataset.inputs,
    ],
    options: optionTexts(options, plan, cells),
    tool: { name: 'merlon', version },
    startedAt: new Date(startedAt).toISOString(),
    durationMs: clock() - startedAt,
  }
}

/** A check as the report holds it; where there are several epsilons it says at which. */
function reported({ epsilon, severity: _, ...check }: RatedCheck, plan: Plan): HealthCheck {
  if (epsilon === undefined || plan.epsilon.length === 1) return check
  return { ...check, attack: `${check.attack} at epsilon ${epsilon}` }
}

/** A median distance is a figure only where more than half of the samples, and the interval too, were fooled. */
function unbounded(clean: CleanPass, cells: readonly CellResult[]): Skipped[] {
  const blunt = cells.filter((cell) => isBlunt(clean, cell))
  return blunt.map(({ attack, norm }) => ({
    what: `median distance of ${attack} (${norm})`,
    why: 'too few samples were fooled at any distance for a median',
  }))
}

const units =
  "only rows that meet every constraint count; epsilon and distances are in units of the columns' scales, another category of a group is the square root of 2 in l2 and costs 1"

/** What the figures may be called. */
function claim({ attacks }: Plan, cells: readonly CellResult[]): string {
  const isStrong = isAutoAttack(cells)
  if (attacks.length <= 6)
    return isStrong ? attacks.join(', ') : `${attacks.join(', ')}; not AutoAttack`
  return `${attacks.length} attacks, ${isStrong ? 'AutoAttack among them' : 'not AutoAttack'}`
}

function optionTexts(
  options: AssessOptions,
  plan: Plan,
  cells: readonly CellResult[],
): Record<string, string> {
  const { dataset, norm, seed, failOn, parameters = {}, attacks, profile = 'standard' } = options
  const names = plan.attacks.join(', ')
  const stronger = isAutoAttack(cells)
    ? 'a stronger attack may'
    : 'a stronger attack such as AutoAttack may'
  return {
    data: dataset.name,
    ...(attacks === undefined ? { profile } : {}),
    attack: names,
    norm,
    epsilon: plan.epsilon.join(', '),
    ...(options.constraints === undefined
      ? {}
      : { constraints: constraintsText(options.constraints) }),
    samples: `the first ${plan.n} of ${dataset.count}`,
    ...Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)])),
    seed: String(seed),
    'fail-on': [
      ...(failOn === 'none' ? [] : [failOn]),
      ...(options.gates ?? []).map(({ text }) => text),
    ].join(', '),
    reading: [
      `robust accuracy is an upper bound: ${names} found no more, ${stronger}`,
      ...(options.constraints === undefined ? [] : [units]),
      ...new Set(cells.flatMap(({ notes }) => notes)),
    ].join('; '),
  }
}
