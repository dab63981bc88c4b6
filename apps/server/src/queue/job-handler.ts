import type { Json, Task } from '@merlon/core'
import type { Claim, Store } from '@merlon/store'
import type { Settings } from '../config/settings.ts'

/** What a worker knows of its installation: merlon.yaml, where it lies, and where this machine's state is. */
export type WorkerSettings = Pick<Settings, 'config' | 'configPath' | 'stateDir'>

/** What a handler works with. */
export interface JobContext {
  readonly input: Json
  readonly claim: Claim
  readonly store: Store
  readonly settings: WorkerSettings
  /** Its signal stops the work; the reason is a JobStop. */
  readonly task: Task
  /** Says what the next holder would go on from, should this one be lost; it is written with the next heartbeat. */
  readonly keep: (checkpoint: () => string) => void
}

/**
 * Does the work of one kind of job. Resolves to `settled` where it ended the job itself, together with its result;
 * otherwise the job ends well when the handler does. Throws what stopped it.
 */
export type JobHandler = (context: JobContext) => Promise<'settled' | undefined>

/** Why a job stopped before its end. */
export class JobStop extends Error {
  readonly why: 'cancelled' | 'lease-lost' | 'shutdown'

  constructor(why: JobStop['why']) {
    super(`the job was stopped: ${why}`)
    this.why = why
  }
}
