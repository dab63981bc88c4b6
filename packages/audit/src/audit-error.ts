import { CodedError } from '@merlon/core'

export type AuditErrorCode =
  | 'AUDIT_NOT_FOUND'
  | 'AUDIT_LOCKED'
  | 'AUDIT_CLOSED'
  | 'AUDIT_DAMAGED'
  | 'AUDIT_TRUNCATED'
  | 'AUDIT_FORKED'
  | 'AUDIT_CHECKPOINT_INVALID'
  | 'AUDIT_WITNESS_INVALID'
  | 'AUDIT_WITNESS_UNREACHABLE'
  | 'AUDIT_ENTRY_INVALID'
  | 'AUDIT_NO_SUCH_RECORD'
  | 'AUDIT_NOT_COVERED'
  | 'AUDIT_OVERLOADED'
  | 'AUDIT_WRITE_FAILED'

/** The audit log cannot be written, read or trusted. */
export class AuditError extends CodedError<AuditErrorCode> {}

/** The `code` of a file system error, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

/** True for an error of a system call, as against one of ours. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
