import type { Clock, Json } from '@merlon/core'
import { endAssessmentOf, reopenAssessmentOf } from './assessment-of-job.ts'
import type { Change, Database } from './database.ts'
import type { Engine } from './engine.ts'
import { newId } from './id.ts'
import { type Claim, type ClaimRequest, claimJob, type HeldJob, heldJob } from './job-claim.ts'
import { type JobRow, type JobState, jobColumns, jobRowOf } from './job-row.ts'
import { limits } from './limits.ts'
import { record } from './outbox.ts'

export interface NewJob {
  readonly kind: string
  readonly input: Json
  /** Not before; at once unless given. */
  readonly runAt?: number
  /** 3 unless given. */
  readonly attemptsMax?: number
  /** A second job with the same key is not added: the first is answered. */
  readonly idempotencyKey?: string
}

export interface JobFilter {
  readonly kind?: string
  readonly state?: JobState
  readonly limit?: number
}

/**
 * A queue of long work for any number of workers on any number of machines. A worker leases a job, says now and
 * then that it lives, and keeps a checkpoint; one that dies loses the lease, and the next goes on from there.
 */
export interface Jobs {
  /** `by` is who asked, for the audit log. */
  add(job: NewJob, by?: string): Promise<JobRow>
  /** The oldest job that is due and free, or whose worker was not heard of in time; `undefined` if there is none. */
  claim(request: ClaimRequest): Promise<Claim | undefined>
  /** What the holder of a claim may do. Each call throws StoreError JOB_LEASE_LOST once another worker has the job. */
  held(claim: Claim): HeldJob
  /** Ends a job that waits, and asks the worker of one that runs. `undefined` if it is unknown or has ended. */
  cancel(id: string, by?: string): Promise<JobRow | undefined>
  /** Queues a job again that failed, died or was cancelled, from its checkpoint. `undefined` if it is none of these. */
  retry(id: string, by?: string): Promise<JobRow | undefined>
  /** Newest first. */
  list(filter?: JobFilter): Promise<readonly JobRow[]>
  byId(id: string): Promise<JobRow | undefined>
}

/** The queue over an open database. */
export function jobsOf({ db, kind: engine }: Engine, clock: Clock): Jobs {
  const byId = async (id: string) => {
    const query = db.selectFrom('jobs').select(jobColumns).where('id', '=', id)
    const row = await query.executeTakeFirst()
    return row && jobRowOf(row)
  }
  return {
    add: (job, by = 'local') => db.transaction().execute((tx) => addJob(tx, clock(), job, by)),
    claim: (request) => claimJob(db, engine, clock(), request),
    held: (claim) => heldJob(db, clock, claim),
    cancel: (id, by = 'local') => cancelJob(db, clock(), id, by),
    retry: (id, by = 'local') => retryJob(db, clock(), id, by),
    async list({ kind, state, limit = limits.rowsPerListMax } = {}) {
      let query = db.selectFrom('jobs').select(jobColumns).orderBy('id', 'desc')
      if (kind !== undefined) query = query.where('kind', '=', kind)
      if (state !== undefined) query = query.where('state', '=', state)
      return (await query.limit(Math.min(limit, limits.rowsPerListMax)).execute()).map(jobRowOf)
    },
    byId,
  }
}

/** Adds a job beside what it is for. */
export async function addJob(tx: Change, now: number, job: NewJob, by: string): Promise<JobRow> {
  const { kind, input, runAt = now, attemptsMax = limits.jobAttempts, idempotencyKey } = job
  const id = newId(now)
  const added = await tx
    .insertInto('jobs')
    .values({
      id,
      kind,
      input: JSON.stringify(input),
      state: 'queued',
      run_at: runAt,
      attempts: 0,
      attempts_max: attemptsMax,
      worker: null,
      lease_until: null,
      token: 0,
      progress_done: 0,
      progress_total: 0,
      cancel_requested: 0,
      problem: null,
      checkpoint: null,
      idempotency_key: idempotencyKey ?? null,
      created_at: now,
      finished_at: null,
    })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .returning(jobColumns)
    .executeTakeFirst()
  if (added !== undefined) {
    await record(tx, now, { kind: 'job', action: 'added', id, job: kind, by })
    return jobRowOf(added)
  }
  const known = tx.selectFrom('jobs').select(jobColumns)
  return jobRowOf(
    await known.where('idempotency_key', '=', idempotencyKey!).executeTakeFirstOrThrow(), // it was the conflict
  )
}

async function cancelJob(db: Database, now: number, id: string, by: string) {
  return db.transaction().execute(async (tx) => {
    const waiting = await tx
      .updateTable('jobs')
      .set({ state: 'cancelled', finished_at: now })
      .where('id', '=', id)
      .where('state', '=', 'queued')
      .returning(jobColumns)
      .executeTakeFirst()
    const running = await tx
      .updateTable('jobs')
      .set({ cancel_requested: 1 })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .returning(jobColumns)
      .executeTakeFirst()
    const row = waiting ?? running
    if (row === undefined) return undefined
    if (waiting !== undefined) await endAssessmentOf(tx, now, id, { status: 'interrupted' })
    const action = waiting === undefined ? 'cancel-requested' : 'cancelled'
    await record(tx, now, { kind: 'job', action, id, job: row.kind, by })
    return jobRowOf(row)
  })
}

async function retryJob(db: Database, now: number, id: string, by: string) {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('jobs')
      .set({ state: 'queued', run_at: now, attempts: 0, cancel_requested: 0, finished_at: null })
      .where('id', '=', id)
      .where('state', 'in', ['failed', 'dead', 'cancelled'])
      .returning(jobColumns)
      .executeTakeFirst()
    if (row === undefined) return undefined
    await reopenAssessmentOf(tx, id)
    await record(tx, now, { kind: 'job', action: 'retried', id, job: row.kind, by })
    return jobRowOf(row)
  })
}
