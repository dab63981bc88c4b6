import type { Estimate, Finding, Severity, Skipped } from '@merlon/core'
import { AssessError } from './assess-error.ts'
import { type AssessRule, findingRules } from './finding-rules.ts'
import { limits } from './limits.ts'

/** What a gate can be about, and the estimate that decides it. */
const metrics = {
  'clean-accuracy': 'clean accuracy',
  'robust-accuracy': 'robust accuracy',
  'median-distance': 'median distance',
} as const

/** A demand of the user's on a figure: the run fails where the figure is not surely at least `least`. */
export interface Gate {
  /** As it was written. */
  readonly text: string
  readonly metric: keyof typeof metrics
  /** The epsilon that it is about; every epsilon of the run where none was written. */
  readonly epsilon: number | undefined
  readonly least: number
}

/**
 * Reads a gate such as `robust-accuracy<0.4`, `robust-accuracy@8/255<40%` or `median-distance<1.2`; `undefined` for text
 * that is no gate, such as a severity.
 * @throws AssessError GATE_INVALID for a gate that nothing could decide
 */
export function parseGate(text: string): Gate | undefined {
  if (!text.includes('<') && !text.includes('>')) return undefined
  const match = /^\s*([a-z][a-z -]*?)\s*(?:@\s*([\d./e-]+)\s*)?<\s*([\d./e-]+)\s*(%?)\s*$/.exec(
    text,
  )
  const name = match?.[1]?.replaceAll(' ', '-')
  const metric = metricNames.find((known) => known === name)
  if (match === null || metric === undefined) throw refused(text)
  const epsilon = match[2] === undefined ? undefined : numberOf(match[2])
  const least = numberOf(match[3]!) / (match[4] === '%' ? 100 : 1) // the third group always matches
  const isShare = metric !== 'median-distance'
  const isOdd = isShare ? !(least > 0 && least <= 1) : !(least > 0 && Number.isFinite(least))
  const isMisplaced = epsilon !== undefined && metric !== 'robust-accuracy'
  if (isOdd || isMisplaced || Number.isNaN(epsilon)) throw refused(text)
  return { text: text.trim(), metric, epsilon, least }
}

/** What the gates come to on a run's figures. */
export interface GateOutcome {
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
}

/**
 * A gate fails where the lower end of the figure's interval is below its number, because then nobody can be sure that the
 * figure is not; and where the figure is high enough but a health check says that it cannot be trusted. A gate without a
 * figure to decide it is skipped.
 */
export function judgeGates(
  gates: readonly Gate[],
  estimates: readonly Estimate[],
  doubts: readonly Finding[],
  place: Finding['place'],
): GateOutcome {
  const findings: Finding[] = []
  const skipped: Skipped[] = []
  for (const gate of gates) {
    const figures = decisive(gate, estimates)
    if (figures.length === 0) {
      skipped.push({
        what: `the gate ${gate.text}`,
        why: `no ${metrics[gate.metric]} was measured for it`,
      })
    }
    const failed = figures.filter(({ interval }) => !(interval[0] >= gate.least))
    findings.push(...failed.map((estimate) => failure(gate, estimate, place)))
    const [doubt] = doubts
    if (figures.length > 0 && failed.length === 0 && doubt !== undefined) {
      findings.push(doubtful(gate, doubt, doubts.length, place))
    }
  }
  return { findings, skipped }
}

const metricNames = Object.keys(metrics) as readonly Gate['metric'][] // its keys are its type's

/** The strongest figure at each epsilon: what is left after everything that was tried. */
function decisive({ metric, epsilon }: Gate, estimates: readonly Estimate[]): readonly Estimate[] {
  const strongest = new Map<number | undefined, Estimate>()
  for (const estimate of estimates) {
    if (estimate.name !== metrics[metric] || estimate.class !== undefined) continue
    if (metric === 'robust-accuracy' && estimate.epsilon === 0) continue
    if (epsilon !== undefined && !isSame(estimate.epsilon, epsilon)) continue
    const known = strongest.get(estimate.epsilon)
    if (known === undefined || estimate.interval[0] <= known.interval[0]) {
      strongest.set(estimate.epsilon, estimate)
    }
  }
  return [...strongest.values()]
}

function isSame(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b))
}

function failure(gate: Gate, estimate: Estimate, place: Finding['place']): Finding {
  const { value, interval, n, attack, norm, epsilon, seed } = estimate
  const [low, high] = interval
  const of = [attack, norm, epsilon === undefined ? undefined : `epsilon ${epsilon}`]
  const isBelow = value < gate.least
  return gateFinding(gate, estimate.epsilon, place, {
    title: isBelow
      ? `${estimate.name} is ${short(value)}, below the ${short(gate.least)} that the gate asks for`
      : `${estimate.name} is ${short(value)} on too few samples to be sure of the ${short(gate.least)} that the gate asks for`,
    evidence: `${short(value)} [${short(low)}, ${short(high)}] of n = ${n}, seed ${seed}, ${of.filter(Boolean).join(', ')}; the gate compares the lower end of the 95 % interval`,
  })
}

function doubtful(gate: Gate, doubt: Finding, count: number, place: Finding['place']): Finding {
  const more = count > 1 ? `, and ${count - 1} more` : ''
  return gateFinding(gate, undefined, place, {
    title: 'the gate holds only by figures that a health check calls untrustworthy',
    evidence: `${doubt.title}: ${doubt.evidence}${more}`,
  })
}

function gateFinding(
  gate: Gate,
  epsilon: number | undefined,
  place: Finding['place'],
  said: Pick<Finding, 'title' | 'evidence'>,
): Finding {
  const rule: AssessRule = 'gate/not-met'
  const severity: Severity = 'high'
  const at = gate.epsilon === undefined && epsilon !== undefined ? `@${epsilon}` : ''
  return {
    id: `${rule}:${gate.text}${at}`,
    rule,
    severity,
    ...said,
    title: `gate ${gate.text}: ${said.title}`,
    place,
    fix: findingRules[rule].fix,
    references: [],
    effect: 'fails',
  }
}

/** A decimal number, or a fraction such as 8/255. */
function numberOf(text: string): number {
  const [above, below = '1', ...rest] = text.split('/')
  return rest.length > 0 || above === '' || below === ''
    ? Number.NaN
    : Number(above) / Number(below)
}

function refused(text: string): AssessError {
  return new AssessError(
    'GATE_INVALID',
    `the gate ${JSON.stringify(text.slice(0, 60))} is not understood: write ${metricNames.join(', ')}, then < and a number, such as robust-accuracy<0.4, robust-accuracy@8/255<40% or median-distance<1.2; at most ${limits.gatesMax}`,
  )
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
