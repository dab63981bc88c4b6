import { parentPort, workerData } from 'node:worker_threads'
import { assert, CodedError, type Task } from '@merlon/core'
import { jobs } from './jobs/jobs.ts'
import type { JobMessage, JobWorkerData } from './jobs/messages.ts'

// The entry of a job's thread: one job, then the end.
const port = parentPort
assert(port !== null, 'this file runs as a worker thread')
// The host is our own code, built together with this file.
const { name, input, stop } = workerData as JobWorkerData
const flag = new Int32Array(stop)
const abort = new AbortController()
const say = (message: JobMessage) => port.postMessage(message)

const task: Task = {
  signal: abort.signal,
  progress(done, total) {
    if (Atomics.load(flag, 0) !== 0) abort.abort()
    say({ kind: 'progress', done, total })
  },
}

async function run(): Promise<void> {
  // The table ties a name to its input; the message loses that tie.
  const job = jobs[name as keyof typeof jobs] as (input: unknown, task: Task) => Promise<unknown>
  say({ kind: 'result', output: await job(input, task) })
}

run().catch((cause: unknown) => {
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof CodedError ? cause.code : 'JOB_FAILED'
  say({ kind: 'failure', code, message })
})
