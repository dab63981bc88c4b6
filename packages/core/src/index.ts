/** The words every stage shares: findings, estimates, reports, errors, tasks, randomness. No I/O. */
export { assert, unreachable } from './assert.ts'
export { canonicalJson, type Json } from './canonical-json.ts'
export { type CheckResult, checked, type Skipped } from './check-result.ts'
export type { Clock } from './clock.ts'
export { CodedError } from './coded-error.ts'
export {
  type Conclusion,
  conclude,
  type ExitCode,
  exitCodes,
  type FailOn,
  isFailing,
  type Outcome,
  type RunVerdict,
} from './conclusion.ts'
export type { ErrorPage } from './error-page.ts'
export {
  type Estimate,
  type EstimateLabels,
  type Measurement,
  meanEstimate,
  medianEstimate,
  proportion,
} from './estimate.ts'
export { type Finding, type Place, placeText, type Reference } from './finding.ts'
export type { Interval } from './interval.ts'
export { deriveSeed, gaussian, permutation, type Random, seededRandom } from './random.ts'
export type { Curve, HealthCheck, Illustration, Picture, Report, ReportInput } from './report.ts'
export { isAtLeast, type Severity, severities } from './severity.ts'
export { type Task, unattended } from './task.ts'
export { type Verdict, type VerdictKind, verdictKinds } from './verdict.ts'
export { version } from './version.ts'
