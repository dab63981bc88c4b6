import type { Skipped } from './check-result.ts'
import type { Finding } from './finding.ts'
import { isAtLeast, type Severity } from './severity.ts'

export const exitCodes = {
  clean: 0,
  findings: 1,
  error: 2,
  incomplete: 3,
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
export type RunVerdict = 'clean' | 'findings' | 'incomplete' | 'error'

/** What a whole run comes to. The printed verdict and the exit code are made here and nowhere else. */
export interface Conclusion {
  readonly verdict: RunVerdict
  readonly exitCode: ExitCode
}

/** The least severity that fails a run; `none` leaves that to findings with the effect `fails`. */
export type FailOn = Severity | 'none'

export interface Outcome {
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
  /** The least severity that fails the run; `none` where only findings that say so themselves do. */
  readonly failOn: FailOn
  readonly failed?: boolean
  readonly interrupted?: boolean
}

/** Precedence: interrupted 130, error 2, findings 1, incomplete 3, clean 0. */
export function conclude(outcome: Outcome): Conclusion {
  const fails = outcome.findings.some((finding) => isFailing(finding, outcome.failOn))
  if (outcome.interrupted) return { verdict: 'incomplete', exitCode: exitCodes.interrupted }
  if (outcome.failed) return { verdict: 'error', exitCode: exitCodes.error }
  if (fails) return { verdict: 'findings', exitCode: exitCodes.findings }
  if (outcome.skipped.length > 0) return { verdict: 'incomplete', exitCode: exitCodes.incomplete }
  return { verdict: 'clean', exitCode: exitCodes.clean }
}

/** True if the finding alone makes the run end with 1. */
export function isFailing({ severity, effect }: Finding, failOn: FailOn): boolean {
  if (effect !== undefined) return effect === 'fails'
  return failOn !== 'none' && isAtLeast(severity, failOn)
}
