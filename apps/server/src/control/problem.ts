import type { Problem } from '@merlon/api'
import { CodedError } from '@merlon/core'
import { limits } from '../limits.ts'

export type ControlErrorCode =
  | 'NOT_LOGGED_IN'
  | 'LOGIN_REFUSED'
  | 'TOO_MANY_LOGINS'
  | 'CSRF_REFUSED'
  | 'ORIGIN_REFUSED'
  | 'HOST_REFUSED'
  | 'REQUEST_INVALID'
  | 'BODY_TOO_LARGE'
  | 'NOT_FOUND'
  | 'TOO_MANY_STREAMS'

const statuses: Readonly<Record<ControlErrorCode, number>> = {
  NOT_LOGGED_IN: 401,
  LOGIN_REFUSED: 401,
  TOO_MANY_LOGINS: 429,
  CSRF_REFUSED: 403,
  ORIGIN_REFUSED: 403,
  HOST_REFUSED: 421,
  REQUEST_INVALID: 400,
  BODY_TOO_LARGE: 413,
  NOT_FOUND: 404,
  TOO_MANY_STREAMS: 503,
}

/** Errors from below that are no mistake of ours: what was asked for cannot be, or cannot be now. */
const statusesBelow: Readonly<Record<string, number>> = {
  KEY_UNKNOWN: 404,
  ATTACK_UNKNOWN: 400,
  KEY_DATE_INVALID: 400,
  TEXT_UNSTORABLE: 400,
  TEXT_TOO_LONG: 400,
  DATABASE_BUSY: 503,
  DATABASE_FULL: 503,
  DATABASE_UNREACHABLE: 503,
  AUDIT_WRITE_FAILED: 503,
  AUDIT_OVERLOADED: 503,
  AUDIT_CLOSED: 503,
}

/** The control API refuses a request; the code decides the HTTP status. */
export class ControlError extends CodedError<ControlErrorCode> {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ControlErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(code, message, options)
    this.status = statuses[code]
    this.headers = options?.headers ?? {}
  }
}

/** An error as the API says it. Our own bugs are named as such, without their text. */
export function problemAnswer(cause: unknown, requestId: string): Response {
  const { status, headers, problem } = describe(cause, requestId)
  return Response.json(problem, {
    status,
    headers: { ...headers, 'cache-control': 'no-store', 'x-request-id': requestId },
  })
}

/** An error that the operator should see, in one line: what, why below that, and where in the code. */
export function failureText(cause: unknown): string {
  const words: string[] = []
  for (let error = cause; error !== undefined && words.length < limits.failureCausesMax; ) {
    const code = error instanceof CodedError ? `${error.code} ` : ''
    words.push(code + (error instanceof Error ? error.message : String(error)))
    error = error instanceof Error ? error.cause : undefined
  }
  const frame =
    cause instanceof Error ? /^ +at .*$/m.exec(cause.stack ?? '')?.[0].trim() : undefined
  return [...words, frame]
    .filter((part) => part !== undefined)
    .join('; ')
    .replace(/\s+/g, ' ')
}

function describe(cause: unknown, requestId: string) {
  const problem = (code: string, message: string): Problem => ({ code, message, requestId })
  if (cause instanceof ControlError) {
    const { status, headers, code, message } = cause
    return { status, headers, problem: problem(code, message) }
  }
  if (cause instanceof CodedError) {
    return {
      status: statusesBelow[cause.code] ?? 500,
      headers: {},
      problem: problem(cause.code, cause.message),
    }
  }
  const message = 'the server made a mistake; its log names this request'
  return { status: 500, headers: {}, problem: problem('INTERNAL', message) }
}
