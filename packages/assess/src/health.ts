import type { AttackEvidence } from '@merlon/attacks'
import type { HealthCheck, Severity } from '@merlon/core'
import type { CellResult } from './campaign.ts'
import type { CleanPass } from './clean-pass.ts'

/** A sign that is unhealthy above its threshold, and how much its failure puts in doubt. */
interface EvidenceRule {
  readonly name: string
  readonly threshold: number
  readonly severity: Severity
  readonly value: (evidence: AttackEvidence, epsilon: number) => number
  readonly meaning: string
}

export interface RatedCheck extends HealthCheck {
  readonly epsilon: number | undefined
  readonly severity: Severity
}

const evidenceRules: readonly EvidenceRule[] = [
  {
    name: 'vanished gradients',
    threshold: 0.05,
    severity: 'high',
    value: (e) => e.zeroGradientsStanding / e.samples,
    meaning:
      'share of samples that stood although the attack had no direction: the gradient was all zero',
  },
  {
    name: 'numbers not finite',
    threshold: 0,
    severity: 'high',
    value: (e) => e.notFinite / e.samples,
    meaning: 'share of samples whose loss or gradient was NaN or infinite',
  },
  {
    name: 'loss never rose',
    threshold: 0.1,
    severity: 'medium',
    value: (e) => e.lossNeverRose / e.samples,
    meaning: 'share of samples that stood and whose loss no attempt could raise',
  },
  {
    name: 'steps cut by the range',
    threshold: 0.95,
    severity: 'medium',
    value: (e) => (e.componentsMoved === 0 ? 0 : e.componentsClipped / e.componentsMoved),
    meaning:
      'share of components that the input range kept from moving: with no room left nothing is tested',
  },
  {
    name: 'inputs outside the range',
    threshold: 0,
    severity: 'medium',
    value: (e) => e.outsideRange / e.samples,
    meaning: 'share of samples that lie outside the declared input range before the attack',
  },
  {
    name: 'distance beyond epsilon',
    threshold: 1e-6,
    severity: 'high',
    value: (e, epsilon) => Math.max(0, e.distanceMax - epsilon),
    meaning: 'how far beyond epsilon a result lies, measured again in double precision',
  },
]

/** The largest share of samples by which a stronger attack may do worse than a weaker one. */
const weakerThreshold = 0.02

/** Every health check of a run: of each attack, of the attacks against each other, of the clean pass. */
export function healthChecks(
  clean: CleanPass,
  classes: number,
  cells: readonly CellResult[],
): RatedCheck[] {
  return [
    ...cleanChecks(clean, classes),
    ...cells.flatMap((cell) => (isTested(cell) ? evidenceChecks(cell) : [])),
    ...cells.flatMap((cell) => comparisons(cell, cells)),
  ]
}

/** An attack on no sample, or with no room to move, leaves nothing to judge. */
function isTested({ evidence, epsilon }: CellResult): boolean {
  return evidence.samples > 0 && epsilon > 0
}

function evidenceChecks(cell: CellResult): RatedCheck[] {
  return evidenceRules.map(({ name, threshold, severity, value, meaning }) => {
    const measured = value(cell.evidence, cell.epsilon)
    return rate(cell.attack, cell.epsilon, { name, threshold, severity, value: measured, meaning })
  })
}

function comparisons(cell: CellResult, cells: readonly CellResult[]): RatedCheck[] {
  const oneStep = cells.find(({ attack, epsilon }) => attack === 'fgsm' && epsilon === cell.epsilon)
  // A single step may overshoot, so only a stepwise attack must not do worse with more room.
  const smaller = cells
    .filter(({ attack, epsilon }) => attack === cell.attack && epsilon < cell.epsilon)
    .filter(({ attack }) => attack !== 'fgsm')
    .sort((a, b) => b.epsilon - a.epsilon)[0]
  const checks: RatedCheck[] = []
  if (cell.attack !== 'fgsm' && oneStep !== undefined && Math.min(cell.n, oneStep.n) > 0) {
    checks.push(
      rate(cell.attack, cell.epsilon, {
        name: 'weaker than one step',
        threshold: weakerThreshold,
        severity: 'high',
        value: shareLost(oneStep, cell),
        meaning:
          'share of samples that fell to fgsm but not to this attack: a sign of masked gradients',
      }),
    )
  }
  if (smaller !== undefined && Math.min(cell.n, smaller.n) > 0) {
    checks.push(
      rate(cell.attack, cell.epsilon, {
        name: 'weaker than at a smaller epsilon',
        threshold: weakerThreshold,
        severity: 'high',
        value: shareLost(smaller, cell),
        meaning: `share of samples that fell at ${smaller.epsilon} but not at ${cell.epsilon}, where the adversary may do more`,
      }),
    )
  }
  return checks
}

function cleanChecks(clean: CleanPass, classes: number): RatedCheck[] {
  if (clean.n === 0) return []
  const right = clean.isRight.subarray(0, clean.n).reduce((sum, flag) => sum + flag, 0)
  const largest = clean.seen.reduce((most, count) => Math.max(most, count), 0)
  const wrong = 1 - right / clean.n
  return [
    rate('none', undefined, {
      name: 'clean errors',
      // No better than guessing: most likely the data is scaled, ordered or labelled in another way.
      threshold: 1 - 1 / classes,
      severity: 'medium',
      value: wrong,
      meaning:
        'share of unchanged samples that the model gets wrong: at guessing, model and data hardly belong together',
    }),
    rate('none', undefined, {
      name: 'one class only',
      threshold: 0.99,
      severity: 'medium',
      value: largest / clean.n,
      meaning:
        'share of the samples that belong to the most frequent class: sorted data needs more samples',
    }),
  ]
}

function shareLost(weaker: CellResult, stronger: CellResult): number {
  const n = Math.min(weaker.n, stronger.n)
  let lost = 0
  for (let i = 0; i < n; i++)
    if (weaker.isStanding[i] === 0 && stronger.isStanding[i] === 1) lost += 1
  return lost / n
}

function rate(
  attack: string,
  epsilon: number | undefined,
  check: Omit<RatedCheck, 'attack' | 'epsilon' | 'isHealthy'>,
): RatedCheck {
  return { attack, epsilon, ...check, isHealthy: check.value <= check.threshold }
}
