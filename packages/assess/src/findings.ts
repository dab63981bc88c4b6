import type { Constraints } from '@merlon/attacks'
import {
  type Estimate,
  type Finding,
  type Reference,
  type Severity,
  severities,
} from '@merlon/core'
import { hasFallen, type WorstCase } from './figures.ts'
import { type AssessRule, findingRules } from './finding-rules.ts'
import { changesText } from './possible-rows.ts'
import type { RatedCheck } from './rated-check.ts'

/** The share of right answers that surely is not kept decides; first row whose bound is not passed. */
const severityByShareKept: readonly { readonly keptMax: number; readonly severity: Severity }[] = [
  { keptMax: 0.1, severity: 'critical' },
  { keptMax: 0.5, severity: 'high' },
  { keptMax: 0.8, severity: 'medium' },
  { keptMax: 0.95, severity: 'low' },
  { keptMax: Number.POSITIVE_INFINITY, severity: 'info' },
]

const references: readonly Reference[] = [
  { catalogue: 'ATLAS', id: 'AML.T0043', title: 'Craft Adversarial Data' },
  { catalogue: 'ATLAS', id: 'AML.T0015', title: 'Evade AI Model' },
  { catalogue: 'OWASP-ML', id: 'ML01:2023', title: 'Input Manipulation Attack' },
]

/** How bad an effect is: the upper end of the robust accuracy's interval against the clean accuracy. */
export function evasionSeverity(robust: Estimate, clean: Estimate): Severity {
  const kept = robust.interval[1] / clean.value
  return severityByShareKept.find(({ keptMax }) => kept <= keptMax)!.severity // the last row takes all
}

/** One finding per epsilon at which some sample fell; none where the model was right on nothing. */
export function evasionFinding(
  modelPath: string,
  worst: WorstCase,
  constraints?: Constraints,
): Finding[] {
  const { epsilon, robust, clean, cells } = worst
  if (clean.value === 0 || robust.value === clean.value) return []
  const [{ norm }] = cells as readonly [(typeof cells)[number]] // a worst case is over at least one
  const rule: AssessRule = `evasion/${norm}`
  // What an attack of minimal distance found may lie farther away.
  const example = cells.flatMap((cell) =>
    cell.examples.filter(({ index }) => hasFallen(cell, index, epsilon)),
  )[0]
  const seen =
    example && `; sample ${example.index}, a ${example.label}, was taken for ${example.answered}`
  const changed =
    example && constraints
      ? ` after ${changesText(constraints, example.original, example.adversarial)}`
      : ''
  const among =
    constraints === undefined ? 'of its inputs' : 'in units of its columns, by rows that can exist,'
  return [
    {
      id: `${rule}@${epsilon}:${nameOf(modelPath)}`,
      rule,
      severity: evasionSeverity(robust, clean),
      title: `within ${norm} ${epsilon} ${among} the model is right on ${percent(robust.value)} instead of ${percent(clean.value)}`,
      place: { kind: 'model', path: modelPath },
      evidence: `robust accuracy at most ${figure(robust)} under ${robust.attack}${robust.source === undefined ? '' : ` (${robust.source})`}; clean accuracy ${figure(clean)}${seen ?? ''}${changed}`,
      fix: findingRules[rule].fix,
      references,
    },
  ]
}

/** One finding for each attack and epsilon with an unhealthy check. */
export function healthFindings(modelPath: string, checks: readonly RatedCheck[]): Finding[] {
  const rule: AssessRule = 'evasion/untrustworthy-measurement'
  const groups = new Map<string, RatedCheck[]>()
  for (const check of checks.filter(({ isHealthy }) => !isHealthy)) {
    const of = check.attack !== 'none' || dataSigns.has(check.name) ? check.attack : 'model'
    const key = `${of}@${check.epsilon ?? '-'}`
    groups.set(key, [...(groups.get(key) ?? []), check])
  }
  return [...groups].map(([key, group]) => ({
    id: `${rule}@${key}:${nameOf(modelPath)}`,
    rule,
    severity: worst(group.map(({ severity }) => severity)),
    title: doubt(group[0]!), // a group begins with its first check
    place: { kind: 'model', path: modelPath },
    evidence: group
      .map(({ name, value, threshold }) => `${name}: ${short(value)} (at most ${short(threshold)})`)
      .join('; '),
    fix: findingRules[rule].fix,
    references,
  }))
}

function worst(all: readonly Severity[]): Severity {
  return severities.find((severity) => all.includes(severity))! // a group has a check
}

function doubt({ attack, epsilon, name }: RatedCheck): string {
  if (attack === 'none') {
    return dataSigns.has(name)
      ? 'the model hardly knows the data, or the data is one-sided: the figures say little'
      : 'the model hinders attacks without withstanding them: a robust accuracy may be a failed attack'
  }
  const at = epsilon === undefined ? '' : ` at epsilon ${epsilon}`
  return `the figure of ${attack}${at} cannot be trusted: a robust accuracy may be a failed attack`
}

/** Signs that are about the data, not about what the model makes of it. */
const dataSigns: ReadonlySet<string> = new Set([
  'clean errors',
  'one class only',
  'data in another form',
])

/** The file's name without its folders, so that an id is the same on another machine. */
export function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) || path
}

function figure({ value, interval: [low, high], n }: Estimate): string {
  return `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] of n = ${n}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
