import type { Clock } from '@merlon/core'
import { endAssessmentOf, type JobEnd } from './assessment-of-job.ts'
import type { Change, Database, Tables } from './database.ts'
import type { Engine } from './engine.ts'
import { type JobRow, type JobState, jobColumns, jobRowOf } from './job-row.ts'
import { limits } from './limits.ts'
import { record } from './outbox.ts'
import { StoreError } from './store-error.ts'

export interface ClaimRequest {
  /** Names the worker, for people who look. */
  readonly worker: string
  /** The kinds that it has handlers for. */
  readonly kinds: readonly string[]
  /** How long the job is its own unless it speaks up. */
  readonly leaseMs: number
}

/** A job in a worker's hands. `token` is what fences off a worker that was given up and comes back. */
export interface Claim {
  readonly job: JobRow
  readonly token: number
  /** What the last holder kept; `null` at the first attempt. */
  readonly checkpoint: string | null
}

/** What is said while a job runs. */
export interface Heartbeat {
  readonly leaseMs: number
  readonly progress?: { readonly done: number; readonly total: number }
  /** From where the next holder would go on. */
  readonly checkpoint?: string
}

/** The holder's side of a job. */
export interface HeldJob {
  /** Lengthens the lease. Answers whether somebody asked to stop. @throws StoreError JOB_LEASE_LOST */
  beat(heartbeat: Heartbeat): Promise<{ readonly isCancelRequested: boolean }>
  /** @throws StoreError JOB_LEASE_LOST */
  finish(): Promise<void>
  /** It stopped because it was asked to. @throws StoreError JOB_LEASE_LOST */
  cancelled(): Promise<void>
  /**
   * It failed: for good, or, where trying again may help, until a later attempt; after the last one it is dead.
   * @throws StoreError JOB_LEASE_LOST
   */
  fail(problem: JobProblem): Promise<JobState>
  /** Gives it back unharmed, for the next worker at once: this one shuts down. @throws StoreError JOB_LEASE_LOST */
  release(): Promise<void>
}

export interface JobProblem {
  readonly code: string
  readonly message: string
  readonly isFinal: boolean
}

/** Takes the oldest job that is due and free, under a new token. */
export async function claimJob(
  db: Database,
  engine: Engine['kind'],
  now: number,
  { worker, kinds, leaseMs }: ClaimRequest,
): Promise<Claim | undefined> {
  if (kinds.length === 0) return undefined
  return db.transaction().execute(async (tx) => {
    await buryExhausted(tx, now, kinds)
    let query = tx
      .selectFrom('jobs')
      .select('id')
      .where('kind', 'in', kinds)
      .where((where) =>
        where.or([
          where.and([where('state', '=', 'queued'), where('run_at', '<=', now)]),
          where.and([where('state', '=', 'running'), where('lease_until', '<', now)]),
        ]),
      )
      .orderBy('run_at')
      .orderBy('id')
      .limit(1)
    // On libSQL the transaction itself excludes other workers.
    if (engine === 'postgres') query = query.forUpdate().skipLocked()
    const free = await query.executeTakeFirst()
    if (free === undefined) return undefined
    const row = await tx
      .updateTable('jobs')
      .set((set) => ({
        state: 'running',
        worker,
        lease_until: now + leaseMs,
        attempts: set('attempts', '+', 1),
        token: set('token', '+', 1),
      }))
      .where('id', '=', free.id)
      .returning([...jobColumns, 'checkpoint'])
      .executeTakeFirstOrThrow()
    return { job: jobRowOf(row), token: row.token, checkpoint: row.checkpoint }
  })
}

/** A job whose worker vanished in its last attempt is dead: it may be what kills them. */
async function buryExhausted(tx: Change, now: number, kinds: readonly string[]): Promise<void> {
  const problem = {
    code: 'WORKER_LOST',
    message: 'its worker was not heard of in its last attempt',
  }
  const buried = await tx
    .updateTable('jobs')
    .set({ state: 'dead', finished_at: now, problem: JSON.stringify(problem) })
    .where('kind', 'in', kinds)
    .where('state', '=', 'running')
    .where('lease_until', '<', now)
    .whereRef('attempts', '>=', 'attempts_max')
    .returning(['id', 'kind'])
    .execute()
  for (const { id, kind } of buried) {
    await record(tx, now, { kind: 'job', action: 'died', id, job: kind, code: problem.code })
    await endAssessmentOf(tx, now, id, { status: 'failed', problem })
  }
}

/** The holder's side of a claim: every write asks for its token. */
export function heldJob(db: Database, clock: Clock, claim: Claim): HeldJob {
  const { job } = claim
  const change = (set: Partial<Tables['jobs']>, told?: Told) =>
    db.transaction().execute((tx) => changeHeld(tx, clock(), claim, set, told))
  return {
    async beat({ leaseMs, progress, checkpoint }) {
      const row = await change({
        lease_until: clock() + leaseMs,
        ...(progress === undefined
          ? {}
          : { progress_done: progress.done, progress_total: progress.total }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      })
      return { isCancelRequested: row.cancel_requested === 1 }
    },
    async finish() {
      await db.transaction().execute((tx) => finishHeld(tx, clock(), claim, 'done'))
    },
    async cancelled() {
      const set = { ...free, state: 'cancelled', finished_at: clock() }
      await change(set, { action: 'cancelled', end: { status: 'interrupted' } })
    },
    async fail({ code, message, isFinal }) {
      const problem = { code, message }
      const told = JSON.stringify(problem)
      if (!isFinal && job.attempts < job.attemptsMax) {
        const runAt = clock() + backoffMs(job.attempts)
        const set = { ...free, state: 'queued', problem: told, run_at: runAt }
        await change(set, { action: 'will-retry', code })
        return 'queued'
      }
      const state: JobState = isFinal ? 'failed' : 'dead'
      const set = { ...free, state, problem: told, finished_at: clock() }
      const action = isFinal ? 'failed' : 'died'
      await change(set, { action, code, end: { status: 'failed', problem } })
      return state
    },
    async release() {
      // The attempt does not count: nothing was wrong with the job.
      await change({ ...free, state: 'queued', run_at: clock(), attempts: job.attempts - 1 })
    },
  }
}

/** What nobody holds has. */
const free = { worker: null, lease_until: null } as const

/**
 * Ends a job in the transaction that keeps its result, so that there is never the one without the other.
 * @throws StoreError JOB_LEASE_LOST
 */
export async function finishHeld(
  tx: Change,
  now: number,
  claim: Claim,
  state: 'done' | 'cancelled',
): Promise<void> {
  const set = { ...free, state, finished_at: now, checkpoint: null }
  await changeHeld(tx, now, claim, set, { action: state === 'done' ? 'finished' : 'cancelled' })
}

/** What the audit log hears of a change, and what becomes of the assessment that the job was to make. */
interface Told {
  readonly action: string
  readonly code?: string
  readonly end?: JobEnd
}

async function changeHeld(
  tx: Change,
  now: number,
  { job, token }: Claim,
  set: Partial<Tables['jobs']>,
  told?: Told,
): Promise<Pick<Tables['jobs'], 'cancel_requested'>> {
  const row = await tx
    .updateTable('jobs')
    .set(set)
    .where('id', '=', job.id)
    .where('token', '=', token)
    .where('state', '=', 'running')
    .returning('cancel_requested')
    .executeTakeFirst()
  if (row === undefined) throw leaseLost(job)
  if (told === undefined) return row
  const { action, code, end } = told
  const about = { id: job.id, job: job.kind, ...(code === undefined ? {} : { code }) }
  await record(tx, now, { kind: 'job', action, ...about })
  if (end !== undefined) await endAssessmentOf(tx, now, job.id, end)
  return row
}

/** Twice as long after each attempt. */
function backoffMs(attempts: number): number {
  return Math.min(limits.jobBackoffMaxMs, limits.jobBackoffMs * 2 ** (attempts - 1))
}

function leaseLost({ id, kind }: JobRow): StoreError {
  return new StoreError(
    'JOB_LEASE_LOST',
    `the ${kind} job ${id} has gone to another worker or has ended; what this one wrote was refused`,
  )
}
