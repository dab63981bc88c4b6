import { CodedError } from '@merlon/core'

export type StoreErrorCode =
  | 'DATABASE_URL_INVALID'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_UNREADABLE'
  | 'DATABASE_BUSY'
  | 'DATABASE_FULL'
  | 'DATABASE_FAILED'
  | 'SCHEMA_TOO_NEW'
  | 'TEXT_UNSTORABLE'
  | 'TEXT_TOO_LONG'
  | 'ASSESSMENT_NOT_RUNNING'
  | 'JOB_LEASE_LOST'

/** The database, or what it was asked to hold, stops the store. */
export class StoreError extends CodedError<StoreErrorCode> {}
