import type { Estimate } from '@merlon/api'

/**
 * What became of a figure, in words. Two figures differ where their 95 % intervals do not overlap: a cautious rule,
 * which finds less than a test of the difference would.
 */
export function changeOf(before: Estimate | undefined, after: Estimate | undefined): string {
  if (before === undefined || after === undefined) return 'not comparable'
  if (after.interval[0] > before.interval[1]) return 'higher'
  if (after.interval[1] < before.interval[0]) return 'lower'
  return 'no difference shown'
}
