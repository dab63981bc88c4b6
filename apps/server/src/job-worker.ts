import { CodedError } from '@merlon/core'
import { liveWithParent } from './child-process.ts'
import type { JobTask } from './jobs/job-task.ts'
import { jobs } from './jobs/jobs.ts'
import type { JobMessage, JobOrder } from './jobs/messages.ts'

// The entry of a job's process: one job, then the end.
const say = (message: JobMessage) => process.send?.(message)
const abort = new AbortController()

const task: JobTask = {
  signal: abort.signal,
  progress: (done, total) => say({ kind: 'progress', done, total }),
  keep: (part, value) => say({ kind: 'keep', part, value }),
}

async function run(name: string, input: unknown): Promise<void> {
  // The table ties a name to its input; the message loses that tie.
  const job = jobs[name as keyof typeof jobs] as (input: unknown, task: JobTask) => Promise<unknown>
  say({ kind: 'result', output: await job(input, task) })
}

process.on('message', (order: JobOrder) => {
  if (order.kind === 'stop') abort.abort()
  else
    run(order.name, order.input).catch((cause: unknown) => {
      const message = cause instanceof Error ? cause.message : String(cause)
      const code = cause instanceof CodedError ? cause.code : 'JOB_FAILED'
      say({ kind: 'failure', code, message })
    })
})
liveWithParent()
