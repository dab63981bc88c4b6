import { setTimeout as pause } from 'node:timers/promises'
import { CodedError } from '@merlon/core'
import { type Claim, type Store, StoreError } from '@merlon/store'
import { limits } from '../limits.ts'
import { type Tell, warn } from '../server-event.ts'
import { type JobContext, type JobHandler, JobStop, type WorkerSettings } from './job-handler.ts'

export interface WorkerOptions {
  readonly store: Store
  readonly settings: WorkerSettings
  /** What can be done here, by kind. */
  readonly handlers: Readonly<Record<string, JobHandler>>
  /** Names this worker, for people who look. */
  readonly name: string
  /** Jobs at a time. */
  readonly concurrency: number
  readonly tell: Tell
  /** Ends it: what is under way is given back for the next worker. */
  readonly signal: AbortSignal
  readonly leaseMs?: number
  readonly pollMs?: number
}

/** Takes jobs and does them until it is told to stop; a failing database is waited for. */
export async function work(options: WorkerOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.concurrency }, () => workOneByOne(options)))
}

async function workOneByOne(options: WorkerOptions): Promise<void> {
  const { store, handlers, name, signal, tell } = options
  const { leaseMs = limits.jobLeaseMs, pollMs = limits.jobQueuePollMs } = options
  const kinds = Object.keys(handlers)
  let isBehind = false
  while (!signal.aborted) {
    try {
      const claim = await store.jobs.claim({ worker: name, kinds, leaseMs })
      isBehind = false
      if (claim !== undefined) await doJob(claim, options)
      else await pause(pollMs, undefined, { signal }).catch(() => undefined)
    } catch (cause) {
      if (!(cause instanceof CodedError)) throw cause
      if (!isBehind) warn(tell)(cause)
      isBehind = true
      await pause(pollMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Does one job under its lease, and ends it as it came out. */
async function doJob(claim: Claim, options: WorkerOptions): Promise<void> {
  const { store, settings, handlers, tell, signal } = options
  const { job } = claim
  const held = store.jobs.held(claim)
  const lease = keepLease(claim, options)
  const onShutdown = () => lease.stop.abort(new JobStop('shutdown'))
  signal.addEventListener('abort', onShutdown, { once: true })
  if (signal.aborted) onShutdown()
  tell({ kind: 'note', text: `${job.kind} job ${job.id} begins (attempt ${job.attempts})` })
  try {
    const { task, keep } = lease
    const settled = await handlers[job.kind]!({
      input: job.input,
      claim,
      store,
      settings,
      task,
      keep,
    })
    await lease.end()
    if (settled === undefined) await held.finish()
    tell({ kind: 'note', text: `${job.kind} job ${job.id} is done` })
  } catch (cause) {
    await lease.end()
    tell({
      kind: 'note',
      text: `${job.kind} job ${job.id} ${await endUndone(claim, lease, options, cause)}`,
    })
  } finally {
    signal.removeEventListener('abort', onShutdown)
  }
}

/** Ends a job that did not come to its end, and says what became of it. */
async function endUndone(
  claim: Claim,
  lease: Lease,
  { store, tell }: WorkerOptions,
  cause: unknown,
): Promise<string> {
  const held = store.jobs.held(claim)
  const stop =
    lease.stop.signal.reason instanceof JobStop ? lease.stop.signal.reason.why : undefined
  try {
    if (stop === 'lease-lost' || isLost(cause)) return 'went to another worker'
    await lease.flush()
    if (stop === 'shutdown') {
      await held.release()
      return 'was given back'
    }
    if (stop === 'cancelled') {
      await held.cancelled()
      return 'was cancelled'
    }
    const { code, message } = problemOf(cause)
    const state = await held.fail({ code, message, isFinal: !isTransient(cause) })
    const what = state === 'queued' ? 'failed and is tried again' : `failed for good (${state})`
    return `${what}: ${code}: ${message}`
  } catch (failure) {
    if (isLost(failure)) return 'went to another worker'
    if (!(failure instanceof CodedError)) throw failure
    // The database does not answer: the lease runs out by itself.
    warn(tell)(failure)
    return 'could not be ended; its lease will run out'
  }
}

interface Lease {
  readonly stop: AbortController
  readonly task: {
    readonly signal: AbortSignal
    readonly progress: (done: number, total: number) => void
  }
  readonly keep: JobContext['keep']
  /** Stops the heartbeat. */
  readonly end: () => Promise<void>
  /** Writes what was kept last and not yet. @throws StoreError */
  readonly flush: () => Promise<void>
}

/** Says now and then that the worker lives, with what there is to say; stops the job when it may not go on. */
function keepLease(claim: Claim, options: WorkerOptions): Lease {
  const { store, leaseMs = limits.jobLeaseMs } = options
  const held = store.jobs.held(claim)
  const stop = new AbortController()
  let leaseUntil = performance.now() + leaseMs
  let progress: { done: number; total: number } | undefined
  let checkpoint: (() => string) | undefined
  let last: Promise<void> = Promise.resolve()

  const beat = async () => {
    const kept = checkpoint
    checkpoint = undefined
    const said = { ...(progress && { progress }), ...(kept && { checkpoint: kept() }) }
    const sentAt = performance.now()
    try {
      const { isCancelRequested } = await held.beat({ leaseMs, ...said })
      leaseUntil = sentAt + leaseMs
      if (isCancelRequested) stop.abort(new JobStop('cancelled'))
    } catch (cause) {
      checkpoint ??= kept
      if (isLost(cause) || performance.now() > leaseUntil) stop.abort(new JobStop('lease-lost'))
      if (!(cause instanceof CodedError)) throw cause
    }
  }
  const timer = setInterval(
    () => {
      last = last.then(beat)
    },
    Math.min(limits.jobBeatMs, leaseMs / limits.jobBeatsPerLease),
  )
  return {
    stop,
    task: {
      signal: stop.signal,
      progress: (done, total) => {
        progress = { done: Math.round(done), total: Math.round(total) }
      },
    },
    keep: (text) => {
      checkpoint = text
    },
    async end() {
      clearInterval(timer)
      await last
    },
    async flush() {
      if (checkpoint !== undefined) await held.beat({ leaseMs, checkpoint: checkpoint() })
    },
  }
}

function isLost(cause: unknown): boolean {
  return cause instanceof StoreError && cause.code === 'JOB_LEASE_LOST'
}

/** Failures of the world, which may be gone at the next attempt; everything else would fail again. */
const transientCodes: ReadonlySet<string> = new Set([
  'WORKER_CRASHED',
  'DATABASE_UNREACHABLE',
  'DATABASE_BUSY',
  'DATABASE_FULL',
  'DATABASE_FAILED',
  'ENDPOINT_BUSY',
  'ENDPOINT_UNREACHABLE',
])

function isTransient(cause: unknown): boolean {
  return cause instanceof CodedError && transientCodes.has(cause.code)
}

function problemOf(cause: unknown): { readonly code: string; readonly message: string } {
  if (cause instanceof CodedError) return { code: cause.code, message: cause.message }
  return { code: 'JOB_BUG', message: cause instanceof Error ? cause.message : String(cause) }
}
