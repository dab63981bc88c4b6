/** Durable state behind one SQL schema: libSQL embedded, PostgreSQL to scale out. */
export type {
  AssessmentDetailRow,
  AssessmentResult,
  AssessmentRow,
  AssessmentStatus,
  Assessments,
  NewAssessment,
} from './assessments.ts'
export type { DecisionFilter, DecisionRow, Decisions } from './decisions.ts'
export { storeErrorPages } from './error-pages.ts'
export type { Claim, ClaimRequest, Heartbeat, HeldJob, JobProblem } from './job-claim.ts'
export type { JobRow, JobState } from './job-row.ts'
export type { JobFilter, Jobs, NewJob } from './jobs.ts'
export type { ApiKeyRow, Keys, NewApiKey } from './keys.ts'
export { limits as storeLimits } from './limits.ts'
export type { Meta } from './meta.ts'
export type { ModelRow, Models, NewModel } from './models.ts'
export type { AuditEvent, Outbox, OutboxRow } from './outbox.ts'
export type { SessionRow, Sessions } from './sessions.ts'
export { openStore, type Store } from './store.ts'
export { StoreError, type StoreErrorCode } from './store-error.ts'
