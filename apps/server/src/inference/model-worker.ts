import { type Clock, CodedError } from '@merlon/core'
import { type NamedTensor, openModelInProcess, type ProcessModel } from '@merlon/model'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'

export type Feeds = Readonly<Record<string, NamedTensor>>

/** What a process serves. */
export interface ServedFile {
  readonly path: string
  readonly name: string
  /** The file must be the one that was registered. */
  readonly sha256: string | undefined
}

/** The engine refused the model or a question, with its own code; the process is well. */
export class ModelRefusal extends CodedError {}

/**
 * One model in a process of its own. Questions wait in a bounded queue and have a deadline; a process
 * that crashes or does not come back is replaced, and only the questions that it held fail.
 */
export class ModelWorker {
  readonly #file: ServedFile
  readonly #clock: Clock
  readonly #deadlineMs: number
  /** How each question that waits is made to fail. */
  readonly #waiting = new Set<(cause: Error) => void>()
  readonly #starts: number[] = []
  #model: ProcessModel | undefined
  #opened: ProcessModel
  #isReady = true
  #problem: string | undefined
  #isClosed = false

  private constructor(file: ServedFile, clock: Clock, deadlineMs: number, model: ProcessModel) {
    // A process that takes this one's place serves the same bytes, or none.
    this.#file = { ...file, sha256: model.sha256 }
    this.#clock = clock
    this.#deadlineMs = deadlineMs
    this.#opened = model
    this.#adopt(model)
  }

  /** @throws ServerError WORKER_CRASHED, ModelRefusal with the engine's code */
  static async open(
    file: ServedFile,
    { clock, deadlineMs = limits.inferenceMs }: { clock: Clock; deadlineMs?: number },
  ): Promise<ModelWorker> {
    return new ModelWorker(file, clock, deadlineMs, await startServing(file))
  }

  /** The model's own words about itself, as its process has opened it. */
  get opened(): Pick<ProcessModel, 'signature' | 'sha256'> {
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
    return this.#model?.pid
  }

  /**
   * @throws ServerError BACKEND_BUSY, BACKEND_TIMEOUT, BACKEND_CLOSED, WORKER_CRASHED;
   *   ModelRefusal where the model does not take the input; the signal's reason
   */
  run(feeds: Feeds, signal: AbortSignal): Promise<Feeds> {
    const { name } = this.#file
    const model = this.#model
    if (signal.aborted) return Promise.reject(signal.reason)
    if (model === undefined || !this.#isReady) {
      const message = `model ${name} is not ready: its process is being replaced`
      return Promise.reject(new ServerError('BACKEND_CLOSED', message))
    }
    if (this.#waiting.size >= limits.inferenceQueueMax) {
      const message = `model ${name} has ${limits.inferenceQueueMax} requests waiting; ask again later`
      return Promise.reject(new ServerError('BACKEND_BUSY', message))
    }
    return new Promise<Feeds>((resolve, reject) => {
      const settle = () => {
        clearTimeout(deadline)
        signal.removeEventListener('abort', onAbort)
        this.#waiting.delete(fail)
      }
      const fail = (cause: Error) => {
        settle()
        reject(cause)
      }
      const onAbort = () => fail(signal.reason)
      const deadline = setTimeout(() => {
        const message = `model ${name} did not answer within ${this.#deadlineMs} ms`
        fail(new ServerError('BACKEND_TIMEOUT', message))
        // A run cannot be stopped from outside: the process that is stuck in it goes.
        this.#replace(model, `did not answer within ${this.#deadlineMs} ms`)
      }, this.#deadlineMs)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(fail)
      model.run(feeds).then(
        (outputs) => {
          settle()
          resolve(outputs)
        },
        (cause: unknown) => {
          if (hasEnded(cause)) this.#replace(model, cause.message)
          else fail(refusal(cause))
        },
      )
    })
  }

  /** Ends the process; what still waits fails with BACKEND_CLOSED. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isReady = false
    const model = this.#model
    this.#model = undefined
    this.#failAll(new ServerError('BACKEND_CLOSED', `model ${this.#file.name} is closed`))
    await model?.close()
  }

  #adopt(model: ProcessModel): void {
    this.#model = model
    this.#isReady = true
    void model.ended.then(() => this.#replace(model, 'it ended'))
  }

  #replace(model: ProcessModel, why: string): void {
    if (this.#isClosed || this.#model !== model) return
    this.#model = undefined
    this.#isReady = false
    void model.close()
    const message = `the process of model ${this.#file.name} stopped: ${why}`
    this.#failAll(new ServerError('WORKER_CRASHED', message))
    const now = this.#clock()
    this.#starts.push(now)
    const recent = this.#starts.filter((at) => now - at < limits.workerRestartWindowMs)
    if (recent.length > limits.workerRestartsMax) return
    startServing(this.#file).then(
      (next) => {
        if (this.#isClosed) {
          void next.close()
          return
        }
        this.#opened = next
        this.#adopt(next)
      },
      // The file is gone, unreadable or another: the model stays not ready, which its health route says.
      (cause: Error) => {
        this.#problem = cause.message
      },
    )
  }

  #failAll(cause: Error): void {
    for (const fail of [...this.#waiting]) fail(cause)
  }
}

/** @throws ServerError WORKER_CRASHED, STATE_UNUSABLE for another file; ModelRefusal */
async function startServing({ path, name, sha256 }: ServedFile): Promise<ProcessModel> {
  const stopped = (why: string) =>
    new ServerError('WORKER_CRASHED', `the process of model ${name} stopped: ${why}`)
  const late = new AbortController()
  const deadline = setTimeout(
    () => late.abort(stopped(`not ready within ${limits.workerStartMs} ms`)),
    limits.workerStartMs,
  )
  const options = { name, threads: 1, preprocessing: {}, signal: late.signal }
  const model = await openModelInProcess(path, options)
    .catch((cause: unknown) => {
      if (cause instanceof ServerError) throw cause
      throw hasEnded(cause) ? stopped(cause.message) : refusal(cause)
    })
    .finally(() => clearTimeout(deadline))
  if (sha256 === undefined || model.sha256 === sha256) return model
  await model.close()
  const message = `${path} has changed since it was registered: restart to register it anew`
  throw new ServerError('STATE_UNUSABLE', message)
}

function hasEnded(cause: unknown): cause is CodedError {
  return cause instanceof CodedError && cause.code === 'MODEL_PROCESS_ENDED'
}

function refusal(cause: unknown): ModelRefusal {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new ModelRefusal(cause instanceof CodedError ? cause.code : 'MODEL_FAILED', message)
}
