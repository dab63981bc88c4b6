import { Worker } from 'node:worker_threads'
import { type Clock, CodedError } from '@merlon/core'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'
import { workerEntry } from '../worker-entry.ts'
import type { Feeds, InferenceMessage, InferenceQuestion, InferenceWorkerData } from './messages.ts'

/** A model's own words about itself, once its thread has opened it. */
export type OpenedModel = Extract<InferenceMessage, { kind: 'ready' }>

/** The engine refused the model or a question, with its own code; the thread is well. */
export class ModelRefusal extends CodedError {}

interface Waiting {
  readonly resolve: (outputs: Feeds) => void
  readonly reject: (cause: Error) => void
}

/**
 * One model in a thread of its own. Questions wait in a bounded queue and have a deadline; a thread
 * that crashes or does not come back is replaced, and only the questions that it held fail.
 */
export class ModelWorker {
  readonly #data: InferenceWorkerData
  readonly #clock: Clock
  readonly #deadlineMs: number
  readonly #waiting = new Map<number, Waiting>()
  readonly #starts: number[] = []
  #worker: Worker | undefined
  #opened: OpenedModel
  #isReady = true
  #isClosed = false
  #nextId = 0

  private constructor(
    data: InferenceWorkerData,
    clock: Clock,
    deadlineMs: number,
    started: { readonly worker: Worker; readonly opened: OpenedModel },
  ) {
    // A thread that takes this one's place serves the same bytes, or none.
    this.#data = { ...data, sha256: started.opened.sha256 }
    this.#clock = clock
    this.#deadlineMs = deadlineMs
    this.#opened = started.opened
    this.#adopt(started.worker)
  }

  /** @throws ServerError WORKER_CRASHED, ModelRefusal with the engine's code */
  static async open(
    data: InferenceWorkerData,
    { clock, deadlineMs = limits.inferenceMs }: { clock: Clock; deadlineMs?: number },
  ): Promise<ModelWorker> {
    return new ModelWorker(data, clock, deadlineMs, await startThread(data))
  }

  get opened(): OpenedModel {
    return this.#opened
  }

  /** False while a thread is being replaced, and after it was given up. */
  get isReady(): boolean {
    return this.#isReady
  }

  get threadId(): number {
    return this.#worker?.threadId ?? -1
  }

  /**
   * @throws ServerError BACKEND_BUSY, BACKEND_TIMEOUT, BACKEND_CLOSED, WORKER_CRASHED;
   *   ModelRefusal where the model does not take the input; the signal's reason
   */
  run(feeds: Feeds, signal: AbortSignal): Promise<Feeds> {
    const { name } = this.#data
    const worker = this.#worker
    if (signal.aborted) return Promise.reject(signal.reason)
    if (worker === undefined || !this.#isReady) {
      const message = `model ${name} is not ready: its thread is being replaced`
      return Promise.reject(new ServerError('BACKEND_CLOSED', message))
    }
    if (this.#waiting.size >= limits.inferenceQueueMax) {
      const message = `model ${name} has ${limits.inferenceQueueMax} requests waiting; ask again later`
      return Promise.reject(new ServerError('BACKEND_BUSY', message))
    }
    const id = this.#nextId++
    return new Promise<Feeds>((resolve, reject) => {
      const settle = () => {
        clearTimeout(deadline)
        signal.removeEventListener('abort', onAbort)
        this.#waiting.delete(id)
      }
      const onAbort = () => {
        settle()
        reject(signal.reason)
      }
      const deadline = setTimeout(() => {
        settle()
        const message = `model ${name} did not answer within ${this.#deadlineMs} ms`
        reject(new ServerError('BACKEND_TIMEOUT', message))
        // A run cannot be stopped from outside: the thread that is stuck in it goes.
        this.#replace(worker, `did not answer within ${this.#deadlineMs} ms`)
      }, this.#deadlineMs)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.set(id, {
        resolve: (outputs) => {
          settle()
          resolve(outputs)
        },
        reject: (cause) => {
          settle()
          reject(cause)
        },
      })
      try {
        worker.postMessage({ id, feeds } satisfies InferenceQuestion)
      } catch (cause) {
        settle()
        reject(cause)
      }
    })
  }

  /** Ends the thread; what still waits fails with BACKEND_CLOSED. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isReady = false
    const worker = this.#worker
    this.#worker = undefined
    this.#failAll(new ServerError('BACKEND_CLOSED', `model ${this.#data.name} is closed`))
    await worker?.terminate()
  }

  #adopt(worker: Worker): void {
    this.#worker = worker
    this.#isReady = true
    worker.on('message', (message: InferenceMessage) => this.#receive(message))
    worker.on('error', (cause) => this.#replace(worker, cause.message))
    worker.on('exit', (code) => this.#replace(worker, `ended with code ${code}`))
  }

  #receive(message: InferenceMessage): void {
    if (message.kind === 'answer') this.#waiting.get(message.id)?.resolve(message.outputs)
    if (message.kind === 'failure') {
      const { id, code, message: text } = message
      this.#waiting.get(id)?.reject(new ModelRefusal(code, text))
    }
  }

  #replace(worker: Worker, why: string): void {
    if (this.#isClosed || this.#worker !== worker) return
    this.#worker = undefined
    this.#isReady = false
    worker.removeAllListeners('message')
    void worker.terminate()
    const message = `the thread of model ${this.#data.name} stopped: ${why}`
    this.#failAll(new ServerError('WORKER_CRASHED', message))
    const now = this.#clock()
    this.#starts.push(now)
    const recent = this.#starts.filter((at) => now - at < limits.workerRestartWindowMs)
    if (recent.length > limits.workerRestartsMax) return
    startThread(this.#data).then(
      ({ worker: next, opened }) => {
        if (this.#isClosed) {
          void next.terminate()
          return
        }
        this.#opened = opened
        this.#adopt(next)
      },
      // The file is gone or unreadable: the model stays not ready, which its health route says.
      () => undefined,
    )
  }

  #failAll(cause: Error): void {
    for (const waiting of [...this.#waiting.values()]) waiting.reject(cause)
  }
}

function startThread(
  data: InferenceWorkerData,
): Promise<{ readonly worker: Worker; readonly opened: OpenedModel }> {
  const worker = new Worker(workerEntry('inference-worker'), { workerData: data })
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      clearTimeout(deadline)
      // By name: taking all listeners away also takes those by which the thread's messages arrive.
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      then()
    }
    const fail = (cause: Error) =>
      settle(() => {
        worker.on('error', () => undefined)
        void worker.terminate()
        reject(cause)
      })
    const crash = (why: string) =>
      fail(new ServerError('WORKER_CRASHED', `the thread of model ${data.name} stopped: ${why}`))
    const deadline = setTimeout(
      () => crash(`not ready within ${limits.workerStartMs} ms`),
      limits.workerStartMs,
    )
    worker.on('error', (cause) => crash(cause.message))
    worker.on('exit', (code) => crash(`ended with code ${code}`))
    worker.on('message', (message: InferenceMessage) => {
      if (message.kind === 'unusable') return fail(new ModelRefusal(message.code, message.message))
      if (message.kind !== 'ready') return crash('it spoke out of turn')
      settle(() => resolve({ worker, opened: message }))
    })
  })
}
