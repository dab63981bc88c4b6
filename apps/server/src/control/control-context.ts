import type { Clock } from '@merlon/core'
import type { Gateway } from '@merlon/gateway'
import type { Store } from '@merlon/store'
import type { Config } from '../config/config.ts'
import type { Tell } from '../server-event.ts'
import type { AuditWatch } from '../state/audit-watch.ts'
import type { Policy } from '../state/policy.ts'
import type { Projection } from '../state/projection.ts'
import type { Recorder, State } from '../state/state.ts'
import type { LiveViews } from './live-decisions.ts'

/** What the control plane's handlers work on. */
export interface ControlContext {
  readonly state: State
  readonly store: Store
  readonly recorder: Recorder
  readonly gateway: Gateway
  readonly policy: Policy
  readonly projection: Projection
  readonly config: Config
  readonly clock: Clock
  readonly tell: Tell
  readonly stateDir: string
  readonly host: string
  /** Where the server can be reached, such as http://127.0.0.1:8421. */
  readonly url: () => string
  readonly publicUrl: string | undefined
  /** Cookies are Secure: people reach the server by https. */
  readonly isSecure: boolean
  readonly startedAt: number
  readonly auditWatch: AuditWatch
  readonly liveViews: LiveViews
}
