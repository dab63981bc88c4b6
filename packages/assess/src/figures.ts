import { type Estimate, proportion } from '@merlon/core'
import type { CellResult } from './campaign.ts'
import type { CleanPass } from './clean-pass.ts'

/** What stands after the strongest thing that was tried at one epsilon. */
export interface WorstCase {
  readonly epsilon: number
  readonly robust: Estimate
  /** The clean accuracy on the same samples. */
  readonly clean: Estimate
  readonly cells: readonly CellResult[]
}

export interface Figures {
  readonly estimates: readonly Estimate[]
  readonly worst: readonly WorstCase[]
}

/** Clean accuracy, robust accuracy of each attack, and of each sample's worst case over all attacks. */
export function figuresOf(clean: CleanPass, cells: readonly CellResult[], seed: number): Figures {
  if (clean.n === 0) return { estimates: [], worst: [] }
  const cleanOn = (n: number) =>
    proportion(count(clean.isRight, n), n, { name: 'clean accuracy', seed, queries: n })
  const estimates = [cleanOn(clean.n)]
  const worst: WorstCase[] = []

  const measured = cells.filter(({ n }) => n > 0)
  for (const epsilon of new Set(measured.map((cell) => cell.epsilon))) {
    const group = measured.filter((cell) => cell.epsilon === epsilon)
    const single = group.map((cell) => robustAccuracy([cell], cell.attack, seed))
    const names = group.map(({ attack }) => attack).join(', ')
    const all = group.length > 1 ? robustAccuracy(group, `worst of ${names}`, seed) : single[0]!
    estimates.push(...single)
    if (group.length > 1) estimates.push(all)
    worst.push({ epsilon, robust: all, clean: cleanOn(all.n), cells: group })
  }
  return { estimates, worst }
}

function robustAccuracy(cells: readonly CellResult[], attack: string, seed: number): Estimate {
  const n = Math.min(...cells.map((cell) => cell.n))
  let standing = 0
  for (let i = 0; i < n; i++)
    if (cells.every(({ isStanding }) => isStanding[i] === 1)) standing += 1
  const [{ norm, epsilon }] = cells as readonly [CellResult] // called with at least one
  const queries = cells.reduce((sum, cell) => sum + cell.queries, 0)
  const labels = { attack, norm, epsilon }
  return proportion(standing, n, { name: 'robust accuracy', seed, queries, labels })
}

function count(flags: Uint8Array, n: number): number {
  return flags.subarray(0, n).reduce((sum, flag) => sum + flag, 0)
}
