import { type Estimate, medianEstimate } from '@merlon/core'
import type { CellResult } from './campaign.ts'

/**
 * How loud recordings are beside what was added to them, in dB: the median over those that fell to each run. A change of
 * nothing, and of pure silence, has no ratio and no place in it.
 */
export function loudness(cells: readonly CellResult[], seed: number): Estimate[] {
  return cells.flatMap(({ attack, norm, epsilon, decibels, queries }) => {
    const heard = decibels.filter(Number.isFinite)
    if (heard.length === 0) return []
    const within = Number.isFinite(epsilon) ? { epsilon } : {}
    const labels = { attack, norm, ...within }
    return [medianEstimate(heard, { name: 'median SNR in dB', seed, queries, labels })]
  })
}
