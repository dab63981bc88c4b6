import { type Estimate, medianEstimate, proportion } from '@merlon/core'
import type { CellResult } from './campaign.ts'
import type { CleanPass } from './clean-pass.ts'
import { count } from './figures.ts'
import { type RatedCheck, rate } from './rated-check.ts'

/**
 * What is measured of rows that can exist besides the robust accuracy within epsilon: what stands whatever it costs, the
 * median cost of the cheapest row that fools, and how many adversarial rows the validator accepted.
 */
export function constrainedFigures(
  clean: CleanPass,
  cells: readonly CellResult[],
  seed: number,
): Estimate[] {
  const measured = cells.filter(({ n }) => n > 0)
  if (measured.length === 0) return []
  const n = Math.min(...measured.map((cell) => cell.n))
  const queries = measured.reduce((sum, cell) => sum + cell.queries, 0)
  const names = [...new Set(measured.map(({ attack }) => attack))]
  const attack = names.length === 1 ? names[0]! : `worst of ${names.join(', ')}`
  const of = (name: string) => ({ name, seed, queries, labels: { attack } })

  const costs = Float64Array.from({ length: n }, (_, i) =>
    Math.min(...measured.map((cell) => cell.costs[i]!)),
  )
  const standing = costs.map((cost, i) =>
    clean.isRight[i] === 1 && cost === Number.POSITIVE_INFINITY ? 1 : 0,
  )
  const paid = costs.filter(Number.isFinite)
  const { made, refused } = rowsMade(measured)
  return [
    proportion(sum(standing), n, of('robust accuracy at any cost')),
    ...(paid.length === 0 ? [] : [medianEstimate(paid, of('median cost of rows that fool'))]),
    ...(made === 0
      ? []
      : [proportion(made - refused, made, of('adversarial rows that meet every constraint'))]),
  ]
}

/** Rows that the validator refused are a defect of the attack, and counted as not found. */
export function constrainedCheck(cells: readonly CellResult[]): RatedCheck[] {
  const { made, refused } = rowsMade(cells)
  if (made === 0) return []
  return [
    rate('none', undefined, {
      name: 'rows that cannot exist',
      threshold: 0,
      severity: 'high',
      value: refused / made,
      meaning: `share of ${made} adversarial rows that the validator, which is written apart from the attacks, refused; such rows did not count`,
    }),
  ]
}

function rowsMade(cells: readonly CellResult[]) {
  const refused = cells.reduce((total, cell) => total + cell.refused, 0)
  const fallen = cells.reduce(
    (total, cell) => total + count(cell.isFallen, cell.isFallen.length),
    0,
  )
  return { made: fallen + refused, refused }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}
