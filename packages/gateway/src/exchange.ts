import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KeyEntry, RoutePolicy } from './ports.ts'
import type { Target } from './target.ts'

/** One request on its way through the gateway, and what is known of it so far. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Made here; what a client sends as x-request-id is never trusted. */
  readonly id: string
  readonly startedAt: number
  /** The same moment by the clock that durations and rates are measured with. */
  readonly startedTick: number
  readonly method: string
  readonly path: string
  readonly target: Target | undefined
  /** Aborts with the GatewayError that stops the work: deadline, drain, or a client that went away. */
  readonly stop: AbortController
  key?: KeyEntry
  route?: RoutePolicy
  /** Past its rate limit: from here on each decision has an audit record of its own. */
  isAdmitted: boolean
  requestBytes: number
  requestSha256?: string
  /** Headers that the answer carries whatever it is. */
  readonly headers: Record<string, string>
}
