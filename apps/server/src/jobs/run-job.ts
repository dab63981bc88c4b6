import { CodedError, type Task } from '@merlon/core'
import { endChild, endText, startChild } from '../child-process.ts'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'
import type { JobTask } from './job-task.ts'
import type { JobInput, JobName, JobOutput } from './jobs.ts'
import type { JobMessage, JobOrder } from './messages.ts'

/**
 * Runs long work in a process of its own, so that this one stays free to answer, draw and be stopped, and outlives a
 * crash of native code.
 * @throws CodedError with the job's own code; ServerError WORKER_CRASHED; the signal's reason if the
 *   job does not come to an end by itself
 */
export function runJob<Name extends JobName>(
  name: Name,
  input: JobInput<Name>,
  { signal, progress, keep }: Task & Partial<Pick<JobTask, 'keep'>>,
): Promise<JobOutput<Name>> {
  signal.throwIfAborted()
  const child = startChild('job-worker')
  return new Promise((resolve, reject) => {
    let deadline: NodeJS.Timeout | undefined
    const end = (settle: () => void) => {
      clearTimeout(deadline)
      signal.removeEventListener('abort', onAbort)
      endChild(child)
      settle()
    }
    // The job may end with what it has; one that does not is ended.
    const onAbort = () => {
      child.send({ kind: 'stop' } satisfies JobOrder, () => undefined)
      deadline = setTimeout(() => end(() => reject(signal.reason)), limits.jobStopMs)
    }
    const crash = (why: string) =>
      end(() => reject(new ServerError('WORKER_CRASHED', `the process of ${name} stopped: ${why}`)))
    signal.addEventListener('abort', onAbort, { once: true })
    child.on('error', (cause) => crash(cause.message))
    child.on('exit', (code, killer) => crash(endText(code, killer)))
    child.on('message', (message: JobMessage) => {
      if (message.kind === 'progress') progress(message.done, message.total)
      if (message.kind === 'keep') keep?.(message.part, message.value)
      // The table of jobs ties the name to its output; a message loses that tie.
      if (message.kind === 'result') end(() => resolve(message.output as JobOutput<Name>))
      if (message.kind === 'failure') {
        const { code, message: text } = message
        end(() => reject(signal.aborted ? signal.reason : new CodedError(code, text)))
      }
    })
    child.send({ kind: 'start', name, input } satisfies JobOrder, (cause) => {
      if (cause !== null) crash(cause.message)
    })
  })
}
