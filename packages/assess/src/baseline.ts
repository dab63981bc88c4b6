import {
  type Estimate,
  type Finding,
  type ReportInput,
  type Skipped,
  severities,
} from '@merlon/core'
import { z } from 'zod'
import { AssessError } from './assess-error.ts'
import { type AssessRule, findingRules } from './finding-rules.ts'
import { limits } from './limits.ts'

/** What is read of a report: a file that people edit and machines truncate. Members that are not asked for may be there. */
const Baseline = z.object({
  schema: z.string().regex(/^merlon\/(assess|attack)\/v1$/),
  findings: z.array(z.object({ id: z.string(), severity: z.enum(severities) })).max(100_000),
  estimates: z
    .array(
      z.object({
        name: z.string(),
        value: z.number(),
        n: z.int().min(1),
        interval: z.tuple([z.number(), z.number()]),
        attack: z.string().optional(),
        norm: z.string().optional(),
        epsilon: z.number().optional(),
        class: z.string().optional(),
        source: z.string().optional(),
      }),
    )
    .max(100_000),
  inputs: z
    .array(z.object({ path: z.string(), sha256: z.string() }))
    .min(1)
    .max(100_000),
})

/** An earlier report of the same assessment, which this one must not be worse than. */
export type Baseline = z.infer<typeof Baseline>

/**
 * Reads the JSON report of an earlier run.
 * @throws AssessError BASELINE_INVALID
 */
export function readBaseline(text: string): Baseline {
  const refuse = (why: string) =>
    new AssessError(
      'BASELINE_INVALID',
      `the baseline is no JSON report of an assessment: ${why}; write one with --json`,
    )
  if (text.length > limits.baselineBytesMax) throw refuse('it is too large')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('it is no JSON')
  }
  const { success, data, error } = Baseline.safeParse(value)
  if (success) return data
  const [issue] = error.issues
  throw refuse(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'it is not understood'}`)
}

export interface Comparison {
  /** The run's findings, those that the baseline has as well marked as accepted, and what became worse. */
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
}

/**
 * Lays a run beside its baseline. A finding that is there already and no more severe is accepted. A figure is worse where
 * it lies below the baseline's 95 % interval; that is a finding of its own, and so is no figure where one was.
 */
export function compareWith(
  baseline: Baseline,
  findings: readonly Finding[],
  estimates: readonly Estimate[],
  dataInputs: readonly ReportInput[],
  place: Finding['place'],
): Comparison {
  const known = new Map(baseline.findings.map(({ id, severity }) => [id, severity]))
  const marked = findings.map((finding): Finding => {
    const before = known.get(finding.id)
    const isKnown = before !== undefined && !isMoreSevere(finding.severity, before)
    return isKnown ? { ...finding, effect: 'accepted' } : finding
  })
  const what = 'the comparison with the baseline'
  const digests = new Set(baseline.inputs.map(({ sha256 }) => sha256))
  if (!dataInputs.every(({ sha256 }) => digests.has(sha256))) {
    const why = 'its figures were measured on other data; make a new baseline from this run'
    return { findings, skipped: [{ what, why }] }
  }
  const worse: Finding[] = []
  const skipped: Skipped[] = []
  for (const before of baseline.estimates.filter(({ name }) => isBetterHigh(name))) {
    const now = estimates.find((estimate) => isSameFigure(estimate, before))
    if (now === undefined) {
      skipped.push({
        what: `${figureName(before)}, which the baseline has`,
        why: 'it was not measured',
      })
    } else if (now.value < before.interval[0]) worse.push(worseFinding(before, now, place))
  }
  return { findings: [...marked, ...worse], skipped }
}

type Figure = Baseline['estimates'][number]

/** The share of what other attacks left says nothing by itself: it depends on what they left. */
function isBetterHigh(name: string): boolean {
  return ['clean accuracy', 'robust accuracy', 'median distance'].includes(name)
}

function isSameFigure(a: Estimate, b: Figure): boolean {
  return (['name', 'attack', 'norm', 'epsilon', 'class', 'source'] as const).every(
    (label) => a[label] === b[label],
  )
}

function isMoreSevere(a: Finding['severity'], b: Finding['severity']): boolean {
  return severities.indexOf(a) < severities.indexOf(b)
}

function worseFinding(before: Figure, now: Estimate, place: Finding['place']): Finding {
  const rule: AssessRule = 'baseline/worse'
  const name = figureName(before)
  return {
    id: `${rule}:${name}`,
    rule,
    severity: 'high',
    title: `${name} became worse than the baseline: ${short(now.value)} instead of ${short(before.value)}`,
    place,
    evidence: `now ${short(now.value)} [${now.interval.map(short).join(', ')}] of n = ${now.n}; baseline ${short(before.value)} [${before.interval.map(short).join(', ')}] of n = ${before.n}`,
    fix: findingRules[rule].fix,
    references: [],
    effect: 'fails',
  }
}

function figureName({ name, attack, norm, epsilon }: Figure): string {
  const of = [attack, norm, epsilon === undefined ? undefined : `epsilon ${epsilon}`]
  return [name, ...of.filter((part) => part !== undefined)].join(', ')
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
