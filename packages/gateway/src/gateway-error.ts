import { CodedError } from '@merlon/core'

/** Each code of the data plane and the HTTP status that it answers with. */
export const statuses = {
  OK: 200,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  UNAUTHENTICATED: 401,
  KEY_MALFORMED: 401,
  KEY_UNKNOWN: 401,
  KEY_REVOKED: 401,
  KEY_EXPIRED: 401,
  MODEL_UNKNOWN: 404,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  MEDIA_UNSUPPORTED: 415,
  BODY_TOO_LARGE: 413,
  BODY_TIMEOUT: 408,
  // Nobody reads this answer; the number is nginx's for the same thing.
  CLIENT_GONE: 499,
  BODY_NOT_JSON: 400,
  JSON_TOO_DEEP: 400,
  REQUEST_INVALID: 400,
  DATATYPE_MISMATCH: 400,
  SHAPE_MISMATCH: 400,
  TENSOR_TOO_LARGE: 400,
  ELEMENT_INVALID: 400,
  FILTER_BLOCKED: 403,
  FILTER_FAILED: 500,
  BACKEND_NOT_READY: 503,
  BACKEND_FAILED: 500,
  OUTPUT_NOT_FINITE: 500,
  DEADLINE_EXCEEDED: 504,
  DRAINING: 503,
  AUDIT_UNAVAILABLE: 503,
  INTERNAL: 500,
  // Stands in the audit log only, with the status of the refusals that it counts.
  REFUSALS_COUNTED: 429,
} as const

/** Why the gateway answered as it did. Stable: in the answer, in the audit record and in `merlon explain`. */
export type GatewayCode = keyof typeof statuses

/** Codes that refuse; `OK` does not. */
export type RefusalCode = Exclude<GatewayCode, 'OK'>

export interface GatewayErrorOptions {
  readonly cause?: unknown
  /** What the client is told where the record's own words would tell it too much. */
  readonly shown?: { readonly code: RefusalCode; readonly message: string }
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that is refused. The message goes to the audit record, and to the client unless `shown` stands in. */
export class GatewayError extends CodedError<RefusalCode> {
  readonly shown: { readonly code: RefusalCode; readonly message: string }
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RefusalCode, message: string, options: GatewayErrorOptions = {}) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause })
    this.shown = options.shown ?? { code, message }
    this.headers = options.headers ?? {}
  }
}
