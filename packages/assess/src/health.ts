import type { AttackEvidence } from '@merlon/attacks'
import { proportion, type Severity } from '@merlon/core'
import type { CellResult } from './campaign.ts'
import type { CleanPass } from './clean-pass.ts'
import { count, hasFallen, isAutoAttack } from './figures.ts'
import { type RatedCheck, rate } from './rated-check.ts'

/** A sign that is unhealthy above its threshold, and how much its failure puts in doubt. */
interface EvidenceRule {
  readonly name: string
  readonly threshold: number
  readonly severity: Severity
  readonly value: (evidence: AttackEvidence, epsilon: number) => number
  readonly meaning: string
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
/** The largest share of right answers that may surely fall to queries alone: docs/decisions/0058. */
const maskedThreshold = 0.05
/** On what others had left, fewer samples than this say nothing about an attack. */
const judgedMin = 8
/** What climbs to the end of the ball keeps at least what one step, or less room, would have given. */
const climbing: ReadonlySet<string> = new Set([
  'bim',
  'pgd',
  'eot-pgd',
  'apgd-ce',
  'apgd-dlr',
  'apgd-t',
  'autoattack',
])

/** Every health check of a run (`isHeld`: under constraints): of each attack, of the attacks against each other, of the clean pass. */
export function healthChecks(
  clean: CleanPass,
  classes: number,
  cells: readonly CellResult[],
  isHeld = false,
): RatedCheck[] {
  const evidence = cells.flatMap((cell) => (isTested(cell) ? evidenceChecks(cell) : []))
  // Between rows that can exist the loss rises in steps, which no gradient sees: searches are meant to find more there.
  const kept = evidence.filter(({ name }) => !isHeld || name !== 'loss never rose')
  if (isHeld) return [...cleanChecks(clean, classes), ...kept]
  return [
    ...cleanChecks(clean, classes),
    ...kept,
    ...cells.flatMap((cell) => comparisons(cell, cells)),
    ...maskedChecks(clean, cells),
    ...cells.flatMap((cell) => maskedWithin(clean, cell)),
  ]
}

/** An attack on no sample, or with no room to move, leaves nothing to judge. */
function isTested({ evidence, epsilon, isOnRemaining }: CellResult): boolean {
  return evidence.samples >= (isOnRemaining ? judgedMin : 1) && epsilon > 0
}

/** The epsilon that a check is of; an attack of minimal distance has none. */
function stated({ epsilon, declaration }: CellResult): number | undefined {
  return declaration.goal === 'minimal' ? undefined : epsilon
}

function evidenceChecks(cell: CellResult): RatedCheck[] {
  return evidenceRules.map(({ name, threshold, severity, value, meaning }) => {
    const measured = value(cell.evidence, cell.epsilon)
    return rate(cell.attack, stated(cell), { name, threshold, severity, value: measured, meaning })
  })
}

function comparisons(cell: CellResult, cells: readonly CellResult[]): RatedCheck[] {
  if (!climbing.has(cell.attack)) return []
  const single = cells.find(({ attack, epsilon }) => attack === 'fgsm' && epsilon === cell.epsilon)
  const smaller = cells
    .filter(({ attack, epsilon }) => attack === cell.attack && epsilon < cell.epsilon)
    .sort((a, b) => b.epsilon - a.epsilon)[0]
  const checks: RatedCheck[] = []
  const compare = (weaker: CellResult | undefined, name: string, meaning: string) => {
    const share = weaker && shareLost(weaker, cell)
    if (share === undefined) return
    const threshold = weakerThreshold
    checks.push(
      rate(cell.attack, cell.epsilon, { name, threshold, severity: 'high', value: share, meaning }),
    )
  }
  compare(
    single,
    'weaker than one step',
    'share of samples that fell to fgsm but not to this attack: a sign of masked gradients',
  )
  compare(
    smaller,
    'weaker than at a smaller epsilon',
    `share of samples that fell at ${smaller?.epsilon} but not at ${cell.epsilon}, where the adversary may do more`,
  )
  return checks
}

/** Queries alone must not find much where gradients found nothing (Athalye, Carlini and Wagner 2018, section 3.1). */
function maskedChecks(clean: CleanPass, cells: readonly CellResult[]): RatedCheck[] {
  const byQueries = cells.filter(({ declaration: { access, goal } }) => {
    return access !== 'gradients' && goal === 'bounded'
  })
  return byQueries.flatMap((cell) => {
    const white = cells.filter(({ declaration, epsilon }) => {
      const isThere = declaration.goal === 'minimal' || epsilon === cell.epsilon
      return declaration.access === 'gradients' && isThere
    })
    const n = Math.min(cell.n, ...white.map((one) => one.n))
    const right = count(clean.isRight, n)
    if (white.length === 0 || right === 0 || cell.epsilon === 0) return []
    let only = 0
    for (let i = 0; i < n; i++) {
      const isMissed = white.every((one) => !hasFallen(one, i, cell.epsilon))
      if (cell.isFallen[i] === 1 && isMissed) only += 1
    }
    const names = [...new Set(white.map(({ attack }) => attack))].join(', ')
    return [maskedCheck(cell, only, right, names)]
  })
}

/** The same within AutoAttack, whose last part only asks. */
function maskedWithin(clean: CleanPass, cell: CellResult): RatedCheck[] {
  const right = count(clean.isRight, cell.n)
  if (!isAutoAttack([cell]) || right === 0 || cell.epsilon === 0) return []
  return [maskedCheck(cell, count(cell.isByQueries, cell.n), right, 'its parts with gradients')]
}

function maskedCheck(cell: CellResult, only: number, right: number, names: string): RatedCheck {
  const surely = proportion(only, right, { name: 'share', seed: 0, queries: 0 }).interval[0]
  return rate(cell.attack, cell.epsilon, {
    name: 'masked gradients',
    threshold: maskedThreshold,
    severity: 'high',
    value: surely,
    meaning: `share of right answers (lower end of its interval; ${only} of ${right}) that fell to queries alone although ${names} found nothing: the gradients mislead`,
  })
}

function cleanChecks({ n, isRight, labels }: CleanPass, classes: number): RatedCheck[] {
  if (n === 0) return []
  const seen = new Int32Array(classes)
  for (const label of labels) seen[label]! += 1
  return [
    rate('none', undefined, {
      name: 'clean errors',
      // No better than guessing: most likely the data is scaled, ordered or labelled in another way.
      threshold: 1 - 1 / classes,
      severity: 'medium',
      value: 1 - count(isRight, n) / n,
      meaning:
        'share of unchanged samples that the model gets wrong: at guessing, model and data hardly belong together',
    }),
    rate('none', undefined, {
      name: 'one class only',
      threshold: 0.99,
      severity: 'medium',
      value: Math.max(...seen) / n,
      meaning:
        'share of the samples that belong to the most frequent class: sorted data needs more samples',
    }),
  ]
}

/** The share of the samples that both tried and that only the weaker attack brought down. */
function shareLost(weaker: CellResult, stronger: CellResult): number | undefined {
  const n = Math.min(weaker.n, stronger.n)
  let both = 0
  let lost = 0
  for (let i = 0; i < n; i++) {
    if (weaker.isTried[i] === 0 || stronger.isTried[i] === 0) continue
    both += 1
    if (weaker.isFallen[i] === 1 && stronger.isFallen[i] === 0) lost += 1
  }
  return both === 0 ? undefined : lost / both
}
