import type { Json } from '@merlon/core'
import type { Tables } from './database.ts'

/**
 * `queued` waits for a worker, `running` has one (whose lease may have run out), `done` ended well, `failed` ended
 * with an answer that trying again would not change, `dead` was given up after its last attempt.
 */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'dead'

/** Long work that outlives the process that asked for it. Times are milliseconds. */
export interface JobRow {
  readonly id: string
  /** Names the handler, such as `assess`. */
  readonly kind: string
  readonly input: Json
  readonly state: JobState
  /** Not before this. */
  readonly runAt: number
  /** How often a worker has taken it, and how often one may. */
  readonly attempts: number
  readonly attemptsMax: number
  /** Who has it, and until when unless they speak up. */
  readonly worker: string | null
  readonly leaseUntil: number | null
  /** Grows each time a worker takes the job: what an earlier holder writes is refused. */
  readonly token: number
  readonly progress: { readonly done: number; readonly total: number }
  readonly isCancelRequested: boolean
  /** What it failed of, last. */
  readonly problem: { readonly code: string; readonly message: string } | null
  readonly createdAt: number
  readonly finishedAt: number | null
}

/** The columns of JobRow: everything but the checkpoint, which may be large. */
export const jobColumns = [
  'id',
  'kind',
  'input',
  'state',
  'run_at',
  'attempts',
  'attempts_max',
  'worker',
  'lease_until',
  'token',
  'progress_done',
  'progress_total',
  'cancel_requested',
  'problem',
  'created_at',
  'finished_at',
] as const satisfies readonly (keyof Tables['jobs'])[]

/** A job as the database has it. */
export function jobRowOf(row: Pick<Tables['jobs'], (typeof jobColumns)[number]>): JobRow {
  return {
    id: row.id,
    kind: row.kind,
    input: JSON.parse(row.input),
    // Written by this package only, from that union.
    state: row.state as JobState,
    runAt: row.run_at,
    attempts: row.attempts,
    attemptsMax: row.attempts_max,
    worker: row.worker,
    leaseUntil: row.lease_until,
    token: row.token,
    progress: { done: row.progress_done, total: row.progress_total },
    isCancelRequested: row.cancel_requested === 1,
    problem: row.problem === null ? null : JSON.parse(row.problem),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }
}
