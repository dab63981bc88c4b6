import { Worker } from 'node:worker_threads'
import { CodedError, type Task } from '@merlon/core'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'
import { workerEntry } from '../worker-entry.ts'
import type { JobInput, JobName, JobOutput } from './jobs.ts'
import type { JobMessage, JobWorkerData } from './messages.ts'

/**
 * Runs long work in a thread of its own, so that this one stays free to answer, draw and be stopped.
 * @throws CodedError with the job's own code; ServerError WORKER_CRASHED; the signal's reason if the
 *   job does not come to an end by itself
 */
export function runJob<Name extends JobName>(
  name: Name,
  input: JobInput<Name>,
  { signal, progress }: Task,
): Promise<JobOutput<Name>> {
  signal.throwIfAborted()
  const stop = new SharedArrayBuffer(4)
  const workerData: JobWorkerData = { name, input, stop }
  const worker = new Worker(workerEntry('job-worker'), { workerData })
  return new Promise((resolve, reject) => {
    let deadline: NodeJS.Timeout | undefined
    const end = (settle: () => void) => {
      clearTimeout(deadline)
      signal.removeEventListener('abort', onAbort)
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      worker.on('error', () => undefined)
      void worker.terminate()
      settle()
    }
    // The job may end with what it has; one that does not is ended.
    const onAbort = () => {
      Atomics.store(new Int32Array(stop), 0, 1)
      deadline = setTimeout(() => end(() => reject(signal.reason)), limits.jobStopMs)
    }
    const crash = (why: string) =>
      end(() => reject(new ServerError('WORKER_CRASHED', `the thread of ${name} stopped: ${why}`)))
    signal.addEventListener('abort', onAbort, { once: true })
    worker.on('error', (cause) => crash(cause.message))
    worker.on('exit', (code) => crash(`it ended with code ${code}`))
    worker.on('message', (message: JobMessage) => {
      if (message.kind === 'progress') progress(message.done, message.total)
      // The table of jobs ties the name to its output; a message loses that tie.
      if (message.kind === 'result') end(() => resolve(message.output as JobOutput<Name>))
      if (message.kind === 'failure') {
        const { code, message: text } = message
        end(() => reject(signal.aborted ? signal.reason : new CodedError(code, text)))
      }
    })
  })
}
