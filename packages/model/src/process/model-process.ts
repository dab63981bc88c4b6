import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { argmaxRows, sizeOf, type Tensor } from '@merlon/tensor'
import type { GradientAccess, LossGradient, LossOptions } from '../access.ts'
import { checkedRows, checkLabels, chunksOf } from '../chunks.ts'
import type { ModelSignature } from '../describe-model.ts'
import { EngineError, type EngineErrorCode } from '../errors.ts'
import { limits } from '../limits.ts'
import type { OpenModelOptions } from '../onnx-model.ts'
import type { NamedTensor } from '../session.ts'
import type { FromModel, ModelCalls, OpenedModel, Problem, ToModel } from './messages.ts'

export interface ModelInProcessOptions extends OpenModelOptions {
  /** Ends the process, in whatever it is; what waits then fails with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * Opens a model in a process of its own, so that this one's event loop stays free while it computes. It is asked as a model
 * that is opened here; a process that dies fails its questions with MODEL_PROCESS_ENDED and nothing else.
 * @throws EngineError as `openModel`; MODEL_PROCESS_ENDED; the signal's reason
 */
export async function openModelInProcess(
  source: string | Uint8Array,
  { signal, ...options }: ModelInProcessOptions = {},
): Promise<ProcessModel> {
  signal?.throwIfAborted()
  const line = new ModelLine(source, options, signal)
  try {
    return new ProcessModel(line, await line.ready)
  } catch (error) {
    await line.end()
    throw error
  }
}

/** A model in a process of its own. Close it, or the process lives on as long as this one. */
export class ProcessModel implements GradientAccess {
  readonly name: string
  readonly signature: ModelSignature
  /** Lower-case hex, of the file. */
  readonly sha256: string
  readonly #line: ModelLine
  readonly #classifier: OpenedModel['classifier']

  /** Use `openModelInProcess`. */
  constructor(line: ModelLine, { name, signature, sha256, classifier }: OpenedModel) {
    this.#line = line
    this.name = name
    this.signature = signature
    this.sha256 = sha256
    this.#classifier = classifier
  }

  /** The process that computes. */
  get pid(): number | undefined {
    return this.#line.pid
  }

  /** Settles once the process is gone, whoever ended it. */
  get ended(): Promise<void> {
    return this.#line.ended
  }

  /** The shape of one sample. @throws EngineError UNSUPPORTED_SIGNATURE */
  get inputShape(): readonly number[] {
    return this.#asClassifier.inputShape
  }

  /** How many classes there are. @throws EngineError UNSUPPORTED_SIGNATURE */
  get classes(): number {
    return this.#asClassifier.classes
  }

  async labels(batch: Tensor): Promise<Int32Array> {
    return argmaxRows(await this.scores(batch))
  }

  async scores(batch: Tensor): Promise<Tensor> {
    const { inputShape, classes } = this
    const data = new Float32Array(checkedRows(batch, inputShape) * classes)
    for (const { start, batch: part } of partsOf(batch, inputShape)) {
      data.set((await this.#line.ask('scores', part)).data, start * classes)
    }
    return { shape: [batch.shape[0] ?? 0, classes], data }
  }

  async lossGradient(
    batch: Tensor,
    labels: Int32Array,
    options: LossOptions = {},
  ): Promise<LossGradient> {
    const { inputShape, classes } = this
    const rows = checkedRows(batch, inputShape)
    checkLabels(labels, rows, classes)
    const gradient = new Float32Array(batch.data.length)
    const losses = new Float32Array(rows)
    const scores = new Float32Array(rows * classes)
    for (const { start, rows: count, batch: part } of partsOf(batch, inputShape)) {
      const own = labels.slice(start, start + count)
      const targets = options.targets?.slice(start, start + count)
      const asked = { ...options, ...(targets === undefined ? {} : { targets }) }
      const found = await this.#line.ask('lossGradient', part, own, asked)
      gradient.set(found.gradient.data, start * sizeOf(inputShape))
      losses.set(found.losses, start)
      scores.set(found.scores.data, start * classes)
    }
    return {
      gradient: { shape: batch.shape, data: gradient },
      losses,
      scores: { shape: [rows, classes], data: scores },
    }
  }

  /** Plain inference. @throws EngineError as `OnnxModel.run`; MODEL_PROCESS_ENDED */
  run(feeds: Readonly<Record<string, NamedTensor>>): Promise<Record<string, NamedTensor>> {
    return this.#line.ask('run', feeds)
  }

  /** Ends the process; what still waits fails with MODEL_CLOSED. */
  close(): Promise<void> {
    return this.#line.end()
  }

  get #asClassifier() {
    const known = this.#classifier
    if ('inputShape' in known) return known
    throw errorOf(known)
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (cause: unknown) => void
}

/** The way to a model's process and back. */
class ModelLine {
  readonly ready: Promise<OpenedModel>
  readonly #child: ChildProcess
  readonly #signal: AbortSignal | undefined
  readonly #waiting = new Map<number, Waiting>()
  readonly ended: Promise<void>
  /** Why nothing can be asked any more. */
  #over: unknown
  #nextId = 0

  constructor(
    source: string | Uint8Array,
    options: OpenModelOptions,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal
    this.#child = startChild()
    const child = this.#child
    this.ready = new Promise((resolve, reject) => {
      // The first answer has a place of its own among those that wait.
      this.#waiting.set(-1, { resolve: (opened) => resolve(opened as OpenedModel), reject })
    })
    // It is awaited at once; an abort before that must not count as unhandled.
    this.ready.catch(() => undefined)
    this.ended = new Promise((resolve) => {
      child.on('exit', (code, killer) => {
        this.#fail(
          processEnded(killer === null ? `it ended with code ${code}` : `${killer} ended it`),
        )
        resolve()
      })
      child.on('error', (cause) => {
        this.#fail(processEnded(cause.message))
        if (child.pid === undefined) resolve()
      })
    })
    child.on('message', (message: FromModel) => this.#receive(message))
    signal?.addEventListener('abort', this.#abort, { once: true })
    this.#send({ kind: 'open', source, options })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  ask<K extends keyof ModelCalls>(
    call: K,
    ...args: Parameters<ModelCalls[K]>
  ): ReturnType<ModelCalls[K]> {
    const id = this.#nextId++
    const answered = new Promise((resolve, reject) => {
      if (this.#over !== undefined) return reject(this.#over)
      this.#waiting.set(id, { resolve, reject })
      this.#send({ kind: 'ask', id, call, args })
    })
    // What the process answers is what the call gives.
    return answered as ReturnType<ModelCalls[K]>
  }

  async end(): Promise<void> {
    this.#fail(new EngineError('MODEL_CLOSED', 'the model is closed; open it again'))
    this.#child.kill('SIGKILL')
    await this.ended
  }

  readonly #abort = () => {
    this.#fail(this.#signal?.reason)
    this.#child.kill('SIGKILL')
  }

  #send(message: ToModel): void {
    this.#child.send(message, (cause) => {
      if (cause !== null) this.#fail(processEnded(cause.message))
    })
  }

  #receive(message: FromModel): void {
    const id = message.kind === 'ready' || message.kind === 'unusable' ? -1 : message.id
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (message.kind === 'ready') waiting?.resolve(message)
    else if (message.kind === 'answer') waiting?.resolve(message.result)
    else waiting?.reject(errorOf(message))
  }

  #fail(cause: unknown): void {
    this.#over ??= cause
    this.#signal?.removeEventListener('abort', this.#abort)
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of all) reject(this.#over)
  }
}

/** Children run built code only: a test on the sources starts them from `dist`. */
function startChild(): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts')
  const entry = isSource ? '../../dist/model-child.js' : '../model-child.js'
  return fork(fileURLToPath(new URL(entry, import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** Pieces that travel well, each with numbers of its own. */
function* partsOf(batch: Tensor, sampleShape: readonly number[]) {
  for (const chunk of chunksOf(batch, sampleShape, limits.processRowsMax)) {
    // What is sent is the whole buffer beneath a view.
    yield { ...chunk, batch: { ...chunk.batch, data: chunk.batch.data.slice() } }
  }
}

function processEnded(why: string): EngineError {
  return new EngineError(
    'MODEL_PROCESS_ENDED',
    `the process of the model stopped: ${why}; open the model again, and look above for what it printed`,
  )
}

function errorOf({ code, message }: Problem): Error {
  // Both sides are built together, so that a code is one of ours.
  return code === undefined ? new Error(message) : new EngineError(code as EngineErrorCode, message)
}
