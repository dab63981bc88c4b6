import { CodedError } from '@merlon/core'

export type CliErrorCode =
  | 'USAGE'
  | 'CODE_UNKNOWN'
  | 'NOT_CONFIRMED'
  | 'FILE_UNWRITABLE'
  | 'FILE_UNREADABLE'
  | 'INTERNAL'

/** What was typed, or the world around the command line, stops it. */
export class CliError extends CodedError<CliErrorCode> {}
