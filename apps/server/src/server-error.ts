import { CodedError } from '@merlon/core'

export type ServerErrorCode =
  | 'CONFIG_MISSING'
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_INVALID'
  | 'SECRET_MISSING'
  | 'ENDPOINT_CHANGED'
  | 'STATE_MISSING'
  | 'STATE_UNUSABLE'
  | 'ALREADY_RUNNING'
  | 'NOT_RUNNING'
  | 'ADDRESS_IN_USE'
  | 'KEY_UNKNOWN'
  | 'KEY_AMBIGUOUS'
  | 'KEY_DATE_INVALID'
  | 'FILE_EXISTS'
  | 'WORKER_CRASHED'
  | 'BACKEND_BUSY'
  | 'BACKEND_TIMEOUT'
  | 'BACKEND_CLOSED'
  | 'DEMO_INACCURATE'

/** The configuration, the state folder or the world around the server stops it. */
export class ServerError extends CodedError<ServerErrorCode> {}
