import { startWorker } from '@merlon/server'
import type { Invocation, Outcome } from '../command.ts'
import { Interrupted } from '../interrupted.ts'
import { withState } from '../with-state.ts'

/** `merlon worker`: does queued jobs until it is stopped; what is under way then goes back to the queue. */
export function run(invocation: Invocation): Promise<Outcome> {
  const { task, ui, options, print } = invocation
  return withState(invocation, 'none', async ({ store }, settings) => {
    const { database } = settings
    const concurrency = options.number('concurrency') ?? 1
    const worker = startWorker(store, { settings, concurrency, tell: ui.tell })
    const where = /^postgres/.test(database) ? 'PostgreSQL' : database
    print({
      data: { worker: worker.name, concurrency, pid: process.pid },
      text: (paint) => [
        `${paint.bold(worker.name)} takes jobs from ${where}, ${concurrency} at a time`,
      ],
    })
    ui.say('stop with Ctrl-C')
    await stopped(task.signal)
    await worker.close()
    ui.say('stopped: what was under way goes on with the next worker')
    const { reason } = task.signal
    return {
      data: {},
      isInterrupted: reason instanceof Interrupted && reason.signalName === 'SIGINT',
    }
  })
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
