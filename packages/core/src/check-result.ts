import { assert } from './assert.ts'
import type { Finding } from './finding.ts'

/** What a check says. A check that could not run or looked at nothing is `skipped`, never `clean`. */
export type CheckResult =
  | { readonly status: 'clean'; readonly examined: number }
  | { readonly status: 'findings'; readonly findings: readonly [Finding, ...Finding[]] }
  | { readonly status: 'skipped'; readonly why: string }

/** Something that was not checked, and why. */
export interface Skipped {
  readonly what: string
  readonly why: string
}

/**
 * The only way to say `clean`: it needs the count of things looked at.
 * Nothing looked at gives `skipped`; any finding gives `findings`.
 */
export function checked(examined: number, findings: readonly Finding[]): CheckResult {
  assert(Number.isInteger(examined) && examined >= 0, 'examined is a count')
  const [first, ...rest] = findings
  if (first !== undefined) return { status: 'findings', findings: [first, ...rest] }
  if (examined === 0) return { status: 'skipped', why: 'there was nothing to examine' }
  return { status: 'clean', examined }
}
