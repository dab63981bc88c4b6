import { type Estimate, type EstimateLabels, medianEstimate, proportion } from '@merlon/core'
import type { CellResult } from './campaign.ts'
import type { CleanPass } from './clean-pass.ts'

/** What stands after the strongest thing that was tried at one epsilon. */
export interface WorstCase {
  readonly epsilon: number
  readonly robust: Estimate
  /** The clean accuracy on the same samples. */
  readonly clean: Estimate
  readonly cells: readonly CellResult[]
  /** 1 where the model is right whatever was tried. */
  readonly isStanding: Uint8Array
}

export interface Figures {
  readonly estimates: readonly Estimate[]
  readonly worst: readonly WorstCase[]
}

/** The ensemble that a claim of robustness stands on (Croce and Hein 2020). */
const ensemble = 'autoattack'
/** Names beyond this are counted, not listed. */
const namesMax = 4

/**
 * Clean accuracy; at each epsilon the robust accuracy of each attack that was run on all samples, what an attack left of
 * the remaining ones, and each sample's worst case over everything; median distances.
 */
export function figuresOf(
  clean: CleanPass,
  cells: readonly CellResult[],
  epsilons: readonly number[],
  seed: number,
): Figures {
  if (clean.n === 0) return { estimates: [], worst: [] }
  const measured = cells.filter(({ n }) => n > 0)
  const cleanOn = (n: number) =>
    proportion(count(clean.isRight, n), n, { name: 'clean accuracy', seed, queries: n })
  const estimates = [cleanOn(clean.n)]
  const worst: WorstCase[] = []
  for (const epsilon of epsilons) {
    const group = measured.filter((cell) => isAbout(cell, epsilon))
    if (group.length === 0) continue
    const all = worstCase(clean, group, measured, epsilon, seed)
    const bounded = group.filter((cell) => cell.epsilon === epsilon)
    const rows = bounded.flatMap((cell) =>
      group.length === 1 ? [] : ownFigure(clean, cell, epsilon, seed),
    )
    const parts = bounded.flatMap((cell) => partFigures(cell, epsilon, seed))
    estimates.push(...rows, ...parts, all.robust)
    worst.push({ ...all, clean: cleanOn(all.robust.n) })
  }
  return { estimates: [...estimates, ...medians(clean, measured, seed)], worst }
}

/** Whether a figure that rests on these cells may be called AutoAttack's. */
export function isAutoAttack(cells: readonly CellResult[]): boolean {
  return cells.some(({ attack }) => attack === ensemble)
}

/** Whether the sample did not move further than epsilon when it fell. */
export function hasFallen(cell: CellResult, index: number, epsilon: number): boolean {
  if (cell.isFallen[index] !== 1) return false
  return cell.declaration.goal === 'minimal'
    ? cell.distances[index]! <= epsilon
    : cell.epsilon <= epsilon
}

/** The robust accuracy under one attack that was run on all samples, at any epsilon that it has an answer for. */
export function robustAccuracy(
  clean: CleanPass,
  cell: CellResult,
  epsilon: number,
  seed: number,
): Estimate {
  const isStanding = standing(clean, [cell], cell.n, epsilon)
  const { attack, norm, queries, n } = cell
  const labels = { attack, norm, epsilon, ...caution([cell]) }
  return proportion(count(isStanding, n), n, { name: 'robust accuracy', seed, queries, labels })
}

function worstCase(
  clean: CleanPass,
  group: readonly CellResult[],
  measured: readonly CellResult[],
  epsilon: number,
  seed: number,
): Omit<WorstCase, 'clean'> {
  const n = Math.min(...group.map((cell) => cell.n))
  // What fell within a smaller epsilon of the same norm has fallen here too, where the attacks went on from there.
  const isCascade = group.some(({ isOnRemaining }) => isOnRemaining)
  const all = isCascade ? measured.filter((cell) => isUpTo(cell, epsilon)) : group
  const isStanding = standing(clean, all, n, epsilon)
  const names = [...new Set(group.map(({ attack }) => attack))]
  const attack = names.length === 1 ? names[0]! : `worst of ${listed(names)}`
  const queries = group.reduce((sum, cell) => sum + cell.queries, 0)
  const [{ norm }] = group as readonly [CellResult] // called with at least one
  const labels = { attack, norm, epsilon, ...caution(group) }
  const robust = proportion(count(isStanding, n), n, {
    name: 'robust accuracy',
    seed,
    queries,
    labels,
  })
  return { epsilon, robust, cells: group, isStanding }
}

/** An attack's own figure: on all samples, or plainly on those that others had left. */
function ownFigure(
  clean: CleanPass,
  cell: CellResult,
  epsilon: number,
  seed: number,
): readonly Estimate[] {
  if (!cell.isOnRemaining) return [robustAccuracy(clean, cell, epsilon, seed)]
  const { attack, norm, queries, isTried, isFallen } = cell
  const tried = count(isTried, isTried.length)
  if (tried === 0) return []
  const kept = tried - count(isFallen, isFallen.length)
  const labels = { attack, norm, epsilon }
  return [proportion(kept, tried, { name: 'kept of the remaining', seed, queries, labels })]
}

/** What stood after each attack of an ensemble that was run on all samples. */
function partFigures(
  { attack, norm, n, parts, isOnRemaining }: CellResult,
  epsilon: number,
  seed: number,
) {
  if (isOnRemaining) return []
  return parts.map((part) =>
    proportion(part.kept, n, {
      name: 'robust accuracy so far',
      seed,
      queries: part.queries,
      labels: { attack: `${attack}, after ${part.attack}`, norm, epsilon },
    }),
  )
}

/** How far samples had to move, over those that the model is right on; no figure where the median is not finite. */
function medians(clean: CleanPass, cells: readonly CellResult[], seed: number): Estimate[] {
  const minimal = cells.filter(({ declaration }) => declaration.goal === 'minimal')
  const of = (group: readonly CellResult[], attack: string): Estimate[] => {
    const distances = distancesOf(clean, group)
    if (distances.length === 0) return []
    const [{ norm }] = group as readonly [CellResult] // called with at least one
    const queries = group.reduce((sum, cell) => sum + cell.queries, 0)
    const estimate = medianOf(distances, { attack, norm }, seed, queries)
    return estimate === undefined ? [] : [estimate]
  }
  const own = minimal.flatMap((cell) => of([cell], cell.attack))
  if (minimal.length < 2) return own
  return [...own, ...of(minimal, `worst of ${listed(minimal.map(({ attack }) => attack))}`)]
}

function medianOf(
  distances: Float64Array,
  labels: EstimateLabels,
  seed: number,
  queries: number,
): Estimate | undefined {
  const estimate = medianEstimate(distances, { name: 'median distance', seed, queries, labels })
  return estimate.interval.every(Number.isFinite) ? estimate : undefined
}

/** An attack of minimal distance that fooled too few samples for a median with an interval. */
export function isBlunt(clean: CleanPass, cell: CellResult): boolean {
  if (cell.declaration.goal !== 'minimal') return false
  const distances = distancesOf(clean, [cell])
  return distances.length > 0 && medianOf(distances, {}, 0, 0) === undefined
}

/** The least distance of each sample that all of these cells tried. */
export function distancesOf(clean: CleanPass, cells: readonly CellResult[]): Float64Array {
  const n = Math.min(...cells.map((cell) => cell.n))
  const right = Int32Array.from({ length: n }, (_, i) => i).filter((i) => clean.isRight[i] === 1)
  return Float64Array.from(right, (i) => Math.min(...cells.map(({ distances }) => distances[i]!)))
}

/** Attacks of one epsilon, and those of minimal distance, which answer for each. */
function isAbout(cell: CellResult, epsilon: number): boolean {
  return cell.epsilon === epsilon || cell.declaration.goal === 'minimal'
}

function isUpTo(cell: CellResult, epsilon: number): boolean {
  return cell.epsilon <= epsilon || cell.declaration.goal === 'minimal'
}

function standing(
  clean: CleanPass,
  cells: readonly CellResult[],
  n: number,
  epsilon: number,
): Uint8Array {
  return Uint8Array.from({ length: n }, (_, i) =>
    clean.isRight[i] === 1 && !cells.some((cell) => hasFallen(cell, i, epsilon)) ? 1 : 0,
  )
}

function caution(cells: readonly CellResult[]): Pick<EstimateLabels, 'source'> {
  return isAutoAttack(cells) ? {} : { source: 'not AutoAttack' }
}

function listed(names: readonly string[]): string {
  if (names.length <= namesMax) return names.join(', ')
  return `${names.length} attacks${names.includes(ensemble) ? `, ${ensemble} among them` : ''}`
}

/** How many of the first n flags are set. */
export function count(flags: Uint8Array, n: number): number {
  return flags.subarray(0, n).reduce((sum, flag) => sum + flag, 0)
}
