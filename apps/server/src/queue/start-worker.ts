import { hostname } from 'node:os'
import type { Store } from '@merlon/store'
import type { Tell } from '../server-event.ts'
import { jobHandlers } from './handlers.ts'
import type { WorkerSettings } from './job-handler.ts'
import { work } from './worker.ts'

export interface StartWorkerOptions {
  readonly settings: WorkerSettings
  /** Jobs at a time. */
  readonly concurrency: number
  readonly tell: Tell
}

/** A worker that runs beside what else this process does. */
export interface JobWorker {
  /** As the queue shows it. */
  readonly name: string
  /** Gives back what is under way, and ends. */
  close(): Promise<void>
}

/** Starts to take the jobs that this program knows how to do. */
export function startWorker(
  store: Store,
  { settings, concurrency, tell }: StartWorkerOptions,
): JobWorker {
  const stop = new AbortController()
  const name = `${hostname()}:${process.pid}`
  const leaseMs = settings.config.worker.leaseSeconds * 1000
  const options = { leaseMs, store, settings, handlers: jobHandlers, name, concurrency, tell }
  const ended = work({ ...options, signal: stop.signal })
  // A bug of the loop shows when it is closed; until then the process goes on serving.
  ended.catch(() => undefined)
  return {
    name,
    async close() {
      stop.abort()
      await ended
    },
  }
}
