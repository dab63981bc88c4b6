import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { assert } from '@merlon/core'
import { argmaxRows, sizeOf, type Tensor } from '@merlon/tensor'
import type { GradientAccess, LossGradient } from './access.ts'
import { checkedRows, checkLabels, chunksOf } from './chunks.ts'
import { type ModelSignature, signatureOf } from './describe-model.ts'
import { EngineError, fileReason, quoted } from './errors.ts'
import { checkFeeds } from './feeds.ts'
import type { Graph } from './graph.ts'
import { graphOf } from './graph-file.ts'
import { limits } from './limits.ts'
import { type LossGradientSession, openLossGradient } from './loss-gradient-session.ts'
import { readModel } from './model-file.ts'
import { checkClasses, type ScoreModel, scoreModelOf } from './score-model.ts'
import { scoreOutputOf } from './score-output.ts'
import { type NamedTensor, Session } from './session.ts'

export interface OpenModelOptions {
  /** How messages call the model; the file's name if it comes from a file. */
  readonly name?: string
  /** Threads of the runtime; all cores if not stated. */
  readonly threads?: number
}

/**
 * Opens an ONNX model from a path or its bytes.
 * @throws EngineError MODEL_NOT_FOUND, MODEL_UNREADABLE, MODEL_TOO_LARGE, EXTERNAL_DATA_UNSUPPORTED, MODEL_REFUSED
 */
export async function openModel(
  source: string | Uint8Array,
  options: OpenModelOptions = {},
): Promise<OnnxModel> {
  const bytes = typeof source === 'string' ? await readModelFile(source) : source
  const name = options.name ?? (typeof source === 'string' ? basename(source) : 'the model')
  const model = readModel(bytes, name)
  const graph = graphOf(model)
  const signature = signatureOf(model, graph)
  const session = await Session.open(bytes, { name, threads: options.threads })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const classes = await classesShown(graph, session)
  return new OnnxModel({
    name,
    graph,
    signature,
    session,
    sha256,
    classes,
    threads: options.threads,
  })
}

/** Where a classifier's file leaves its classes open, one run shows how many there are. */
async function classesShown(graph: Graph, session: Session): Promise<number | undefined> {
  const [, classes] = scoreOutputOf(graph)?.port.shape ?? []
  if (classes !== undefined && classes > 0) return classes
  try {
    const { input, output, sampleShape, fixedBatch = 1 } = scoreModelOf(graph)
    const shape = [fixedBatch, ...sampleShape]
    const feed = { type: 'float32', shape, data: new Float32Array(sizeOf(shape)) }
    const { [output.port.name]: scores } = await session.run({ [input.name]: feed }, [
      output.port.name,
    ])
    return scores?.shape.length === 2 ? scores.shape[1] : undefined
  } catch (error) {
    // A model that is no classifier, or does not run on zeros, says so when it is asked for scores.
    if (error instanceof EngineError) return undefined
    throw error
  }
}

interface Parts {
  readonly name: string
  readonly graph: Graph
  readonly signature: ModelSignature
  readonly session: Session
  readonly sha256: string
  readonly classes: number | undefined
  readonly threads: number | undefined
}

/**
 * A model loaded for inference and, from the first `lossGradient` on, for its gradient. `run` takes any model;
 * everything else needs a classifier of float32 samples and throws UNSUPPORTED_SIGNATURE otherwise.
 */
export class OnnxModel implements GradientAccess {
  readonly signature: ModelSignature
  /** Lower-case hex, of the file. */
  readonly sha256: string
  readonly name: string
  readonly #graph: Graph
  readonly #session: Session
  readonly #threads: number | undefined
  readonly #classes: number | undefined
  #scoreModel: ScoreModel | undefined
  #gradient: Promise<LossGradientSession> | undefined
  #isClosed = false

  /** Use `openModel`. */
  constructor(parts: Parts) {
    this.name = parts.name
    this.signature = parts.signature
    this.sha256 = parts.sha256
    this.#graph = parts.graph
    this.#session = parts.session
    this.#threads = parts.threads
    this.#classes = parts.classes
  }

  /** The shape of one sample. @throws EngineError UNSUPPORTED_SIGNATURE */
  get inputShape(): readonly number[] {
    return this.#classifier.sampleShape
  }

  /** How many classes there are. @throws EngineError UNSUPPORTED_SIGNATURE */
  get classes(): number {
    const { output } = this.#classifier
    if (this.#classes === undefined) {
      throw new EngineError(
        'UNSUPPORTED_SIGNATURE',
        `the model cannot be asked for scores: its output ${quoted(output.port.name)} is not [batch, classes]`,
      )
    }
    checkClasses(this.#classes)
    return this.#classes
  }

  async labels(batch: Tensor): Promise<Int32Array> {
    return argmaxRows(await this.scores(batch))
  }

  async scores(batch: Tensor): Promise<Tensor> {
    const { input, output, sampleShape, fixedBatch } = this.#classifier
    const rows = checkedRows(batch, sampleShape)
    const scores = new Float32Array(rows * this.classes)
    for (const chunk of chunksOf(batch, sampleShape, limits.scoreChunkRowsMax, fixedBatch)) {
      const feeds = { [input.name]: { type: 'float32', ...chunk.batch } }
      const { [output.port.name]: result } = await this.#session.run(feeds, [output.port.name])
      scores.set(rowsOf(result, chunk.rows, this.classes), chunk.start * this.classes)
    }
    return { shape: [rows, this.classes], data: scores }
  }

  /** @throws EngineError NO_GRADIENT_RULE and NO_GRADIENT_PATH at the first call; LABEL_OUT_OF_RANGE */
  async lossGradient(batch: Tensor, labels: Int32Array): Promise<LossGradient> {
    const { sampleShape, fixedBatch } = this.#classifier
    const { classes } = this
    const rows = checkedRows(batch, sampleShape)
    checkLabels(labels, rows, classes)
    const session = await this.#gradientSession()
    const gradient = new Float32Array(batch.data.length)
    const losses = new Float32Array(rows)
    const scores = new Float32Array(rows * classes)
    for (const chunk of chunksOf(batch, sampleShape, limits.gradientChunkRowsMax, fixedBatch)) {
      const { start, rows: real } = chunk
      const results = await session.run(chunk, labels)
      gradient.set(rowsOf(results.gradient, real, sizeOf(sampleShape)), start * sizeOf(sampleShape))
      losses.set(rowsOf(results.losses, real, 1), start)
      scores.set(rowsOf(results.scores, real, classes), start * classes)
    }
    return {
      gradient: { shape: batch.shape, data: gradient },
      losses,
      scores: { shape: [rows, classes], data: scores },
    }
  }

  /**
   * Plain inference with any inputs that the model declares.
   * @throws EngineError INPUT_MISMATCH, SHAPE_MISMATCH, BATCH_TOO_LARGE, RUN_FAILED, MODEL_CLOSED
   */
  async run(feeds: Readonly<Record<string, NamedTensor>>): Promise<Record<string, NamedTensor>> {
    checkFeeds(this.#graph.inputs, feeds)
    return this.#session.run(feeds)
  }

  /** Frees the sessions. Later calls throw MODEL_CLOSED. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#session.close()
    const gradient = await this.#gradient?.catch(() => undefined)
    await gradient?.close()
  }

  get #classifier(): ScoreModel {
    this.#scoreModel ??= scoreModelOf(this.#graph)
    return this.#scoreModel
  }

  #gradientSession(): Promise<LossGradientSession> {
    if (this.#isClosed)
      throw new EngineError('MODEL_CLOSED', `${this.name} is closed; open it again`)
    this.#gradient ??= openLossGradient(this.#graph, this.#classifier, {
      name: this.name,
      threads: this.#threads,
    })
    return this.#gradient
  }
}

/** The first rows of a result. @throws EngineError UNSUPPORTED_SIGNATURE if it is not rows of that width */
function rowsOf(result: NamedTensor | undefined, rows: number, width: number): Float32Array {
  const data = result?.data
  assert(data instanceof Float32Array, 'scores and gradients are float32')
  const [count = 0] = result?.shape ?? []
  if (data.length !== count * width || count < rows) {
    throw new EngineError(
      'UNSUPPORTED_SIGNATURE',
      `the model answered ${rows} samples with [${result?.shape.join(', ')}], not with ${width} numbers for each; its file promises another shape`,
    )
  }
  return data.subarray(0, rows * width)
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > limits.modelBytesMax) {
      throw new EngineError(
        'MODEL_TOO_LARGE',
        `${quoted(path)} has ${size} bytes, more than ${limits.modelBytesMax}`,
      )
    }
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError(
      'MODEL_NOT_FOUND',
      `${quoted(path)} cannot be read: ${fileReason(cause)}; check the path of the model`,
      { cause },
    )
  }
}
