import type { ChildProcess } from 'node:child_process'
import { type Clock, CodedError } from '@merlon/core'
import { endChild, endText, startChild } from '../child-process.ts'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'
import type { Feeds, InferenceMessage, InferenceOrder, ServedFile } from './messages.ts'

/** A model's own words about itself, once its process has opened it. */
export type OpenedModel = Extract<InferenceMessage, { kind: 'ready' }>

/** The engine refused the model or a question, with its own code; the process is well. */
export class ModelRefusal extends CodedError {}

interface Waiting {
  readonly resolve: (outputs: Feeds) => void
  readonly reject: (cause: Error) => void
}

/**
 * One model in a process of its own. Questions wait in a bounded queue and have a deadline; a process
 * that crashes or does not come back is replaced, and only the questions that it held fail.
 */
export class ModelWorker {
  readonly #file: ServedFile
  readonly #clock: Clock
  readonly #deadlineMs: number
  readonly #waiting = new Map<number, Waiting>()
  readonly #starts: number[] = []
  #child: ChildProcess | undefined
  #opened: OpenedModel
  #isReady = true
  #problem: string | undefined
  #isClosed = false
  #nextId = 0

  private constructor(file: ServedFile, clock: Clock, deadlineMs: number, started: Started) {
    // A process that takes this one's place serves the same bytes, or none.
    this.#file = { ...file, sha256: started.opened.sha256 }
    this.#clock = clock
    this.#deadlineMs = deadlineMs
    this.#opened = started.opened
    this.#adopt(started.child)
  }

  /** @throws ServerError WORKER_CRASHED, ModelRefusal with the engine's code */
  static async open(
    file: ServedFile,
    { clock, deadlineMs = limits.inferenceMs }: { clock: Clock; deadlineMs?: number },
  ): Promise<ModelWorker> {
    return new ModelWorker(file, clock, deadlineMs, await startServing(file))
  }

  get opened(): OpenedModel {
    return this.#opened
  }

  /** False while a process is being replaced, and after it was given up. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Why it could not be replaced, where it could not. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Undefined while there is no process. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * @throws ServerError BACKEND_BUSY, BACKEND_TIMEOUT, BACKEND_CLOSED, WORKER_CRASHED;
   *   ModelRefusal where the model does not take the input; the signal's reason
   */
  run(feeds: Feeds, signal: AbortSignal): Promise<Feeds> {
    const { name } = this.#file
    const child = this.#child
    if (signal.aborted) return Promise.reject(signal.reason)
    if (child === undefined || !this.#isReady) {
      const message = `model ${name} is not ready: its process is being replaced`
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
        // A run cannot be stopped from outside: the process that is stuck in it goes.
        this.#replace(child, `did not answer within ${this.#deadlineMs} ms`)
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
      // That it is gone is heard of by its exit, which fails all that waits.
      child.send({ kind: 'question', id, feeds } satisfies InferenceOrder, () => undefined)
    })
  }

  /** Ends the process; what still waits fails with BACKEND_CLOSED. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isReady = false
    const child = this.#child
    this.#child = undefined
    this.#failAll(new ServerError('BACKEND_CLOSED', `model ${this.#file.name} is closed`))
    if (child === undefined) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    endChild(child)
    await ended
  }

  #adopt(child: ChildProcess): void {
    this.#child = child
    this.#isReady = true
    child.on('message', (message: InferenceMessage) => this.#receive(message))
    child.on('error', (cause) => this.#replace(child, cause.message))
    child.on('exit', (code, killer) => this.#replace(child, endText(code, killer)))
  }

  #receive(message: InferenceMessage): void {
    if (message.kind === 'answer') this.#waiting.get(message.id)?.resolve(message.outputs)
    if (message.kind === 'failure') {
      const { id, code, message: text } = message
      this.#waiting.get(id)?.reject(new ModelRefusal(code, text))
    }
  }

  #replace(child: ChildProcess, why: string): void {
    if (this.#isClosed || this.#child !== child) return
    this.#child = undefined
    this.#isReady = false
    endChild(child)
    const message = `the process of model ${this.#file.name} stopped: ${why}`
    this.#failAll(new ServerError('WORKER_CRASHED', message))
    const now = this.#clock()
    this.#starts.push(now)
    const recent = this.#starts.filter((at) => now - at < limits.workerRestartWindowMs)
    if (recent.length > limits.workerRestartsMax) return
    startServing(this.#file).then(
      ({ child: next, opened }) => {
        if (this.#isClosed) {
          endChild(next)
          return
        }
        this.#opened = opened
        this.#adopt(next)
      },
      // The file is gone, unreadable or another: the model stays not ready, which its health route says.
      (cause: Error) => {
        this.#problem = cause.message
      },
    )
  }

  #failAll(cause: Error): void {
    for (const waiting of [...this.#waiting.values()]) waiting.reject(cause)
  }
}

interface Started {
  readonly child: ChildProcess
  readonly opened: OpenedModel
}

function startServing(file: ServedFile): Promise<Started> {
  const child = startChild('inference-worker')
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      clearTimeout(deadline)
      for (const event of ['message', 'error', 'exit']) child.removeAllListeners(event)
      then()
    }
    const fail = (cause: Error) =>
      settle(() => {
        endChild(child)
        reject(cause)
      })
    const crash = (why: string) =>
      fail(new ServerError('WORKER_CRASHED', `the process of model ${file.name} stopped: ${why}`))
    const deadline = setTimeout(
      () => crash(`not ready within ${limits.workerStartMs} ms`),
      limits.workerStartMs,
    )
    child.on('error', (cause) => crash(cause.message))
    child.on('exit', (code, killer) => crash(endText(code, killer)))
    child.on('message', (message: InferenceMessage) => {
      if (message.kind === 'unusable') return fail(new ModelRefusal(message.code, message.message))
      if (message.kind !== 'ready') return crash('it spoke out of turn')
      settle(() => resolve({ child, opened: message }))
    })
    child.send({ kind: 'open', file } satisfies InferenceOrder, () => undefined)
  })
}
