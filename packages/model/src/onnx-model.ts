import { createHash } from 'node:crypto'
import { argmaxRows, sizeOf, type Tensor } from '@merlon/tensor'
import {
  chosenPreprocessing,
  graftPreprocessing,
  type PreprocessingChoice,
} from './access/graft-preprocessing.ts'
import { withPlainScores } from './access/plain-scores.ts'
import type { Preprocessing } from './access/preprocessing.ts'
import type { GradientAccess, LossGradient, LossOptions, SignAscent, SignStep } from './access.ts'
import { type AscentSession, openAscent } from './ascent-session.ts'
import { dropTrailingBlanks } from './blank-inputs.ts'
import { checkedRows, checkLabels, chunksOf } from './chunks.ts'
import { type ModelSignature, signatureOf } from './describe-model.ts'
import { EngineError, quoted } from './errors.ts'
import { checkFeeds } from './feeds.ts'
import type { GradientNote } from './gradient/gradient-note.ts'
import { isTargeted, type LossName } from './gradient/losses.ts'
import type { Graph } from './graph.ts'
import { graphOf } from './graph-file.ts'
import { limits } from './limits.ts'
import { loadModel } from './load-model.ts'
import {
  type LossGradientSession,
  openLossGradient,
  type PreparedGraph,
  prepareGraph,
} from './loss-gradient-session.ts'
import { foldNormalization } from './lowering/fold-normalization.ts'
import { joined, rowsOf } from './result-rows.ts'
import { runtimeFile } from './runtime-file.ts'
import { checkClasses, type ScoreModel, scoreModelOf } from './score-model.ts'
import { scoreOutputOf } from './score-output.ts'
import {
  type NamedTensor,
  type RuntimeOptions,
  Session,
  type SessionOptions,
  sessionOptions,
} from './session.ts'

export interface OpenModelOptions extends RuntimeOptions {
  /**
   * Lets gradients through operators that round (quantised models): an estimate, which `gradientNotes` say. Without it
   * such a model is refused.
   */
  readonly straightThrough?: boolean
  /** What happens to samples before the model; what the file's metadata says unless stated, and {} for nothing. */
  readonly preprocessing?: PreprocessingChoice
}

/**
 * Opens an ONNX model from a path or its bytes.
 * @throws EngineError MODEL_NOT_FOUND, MODEL_UNREADABLE, MODEL_TOO_LARGE, EXTERNAL_DATA_UNSUPPORTED, EXTERNAL_DATA_REFUSED,
 * MODEL_REFUSED, PREPROCESSING_INVALID
 */
export async function openModel(
  source: string | Uint8Array,
  options: OpenModelOptions = {},
): Promise<OnnxModel> {
  const { name, bytes, model: read, hasSideFiles } = await loadModel(source, options.name)
  const hadBlanks = dropTrailingBlanks(read)
  const preprocessing = chosenPreprocessing(read, options.preprocessing ?? 'file')
  const model = graftPreprocessing(withPlainScores(read), preprocessing)
  const graph = graphOf(model)
  const signature = signatureOf(model, graph)
  const file = hasSideFiles || hadBlanks || model !== read ? runtimeFile(model) : bytes
  const session = await Session.open(file, sessionOptions(name, options))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const classes = await classesShown(graph, session)
  return new OnnxModel({
    name,
    graph,
    signature,
    preprocessing,
    session,
    sha256,
    classes,
    options: sessionOptions(name, options),
    straightThrough: options.straightThrough ?? false,
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
  readonly preprocessing: Preprocessing
  readonly session: Session
  readonly sha256: string
  readonly classes: number | undefined
  readonly options: SessionOptions
  readonly straightThrough: boolean
}

/**
 * A model loaded for inference and, from the first `lossGradient` on, for its gradient. `run` takes any model;
 * everything else needs a classifier of float32 samples and throws UNSUPPORTED_SIGNATURE otherwise.
 */
export class OnnxModel implements GradientAccess {
  /** With the preprocessing in front. */
  readonly signature: ModelSignature
  /** What happens to samples in front of what the file holds; {} for nothing. */
  readonly preprocessing: Preprocessing
  /** Lower-case hex, of the file (not of files beside it that hold weights). */
  readonly sha256: string
  readonly name: string
  readonly #graph: Graph
  readonly #session: Session
  readonly #options: SessionOptions
  readonly #classes: number | undefined
  readonly #straightThrough: boolean
  #gradientNotes: readonly GradientNote[] = []
  #scoreModel: ScoreModel | undefined
  readonly #gradients = new Map<LossName, Promise<LossGradientSession>>()
  #prepared: Promise<PreparedGraph> | undefined
  #ascent: Promise<AscentSession> | undefined
  #isClosed = false

  /** Use `openModel`. */
  constructor(parts: Parts) {
    this.name = parts.name
    this.signature = parts.signature
    this.preprocessing = parts.preprocessing
    this.sha256 = parts.sha256
    this.#graph = parts.graph
    this.#session = parts.session
    this.#options = parts.options
    this.#classes = parts.classes
    this.#straightThrough = parts.straightThrough
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

  /** Once a gradient was asked for: where it is an estimate because the model rounds, and where ways through steps add nothing. */
  get gradientNotes(): readonly GradientNote[] {
    return this.#gradientNotes
  }

  async labels(batch: Tensor): Promise<Int32Array> {
    return argmaxRows(await this.scores(batch))
  }

  async scores(batch: Tensor): Promise<Tensor> {
    const { input, output, sampleShape, fixedBatch } = this.#classifier
    const rows = checkedRows(batch, sampleShape)
    const parts: Float32Array[] = []
    for (const chunk of chunksOf(batch, sampleShape, limits.scoreChunkRowsMax, fixedBatch)) {
      const feeds = { [input.name]: { type: 'float32', ...chunk.batch } }
      const { [output.port.name]: result } = await this.#session.run(feeds, [output.port.name])
      parts.push(rowsOf(result, chunk.rows, this.classes))
    }
    return { shape: [rows, this.classes], data: joined(parts) }
  }

  /**
   * The gradient of each sample's loss, which is cross-entropy if no other is asked for.
   * @throws EngineError NO_GRADIENT_RULE and NO_GRADIENT_PATH at the first call; LABEL_OUT_OF_RANGE
   */
  async lossGradient(
    batch: Tensor,
    labels: Int32Array,
    { loss = 'cross-entropy', targets = new Int32Array(0) }: LossOptions = {},
  ): Promise<LossGradient> {
    const { sampleShape } = this.#classifier
    const { classes } = this
    const rows = checkedRows(batch, sampleShape)
    checkLabels(labels, rows, classes)
    if (isTargeted(loss)) checkLabels(targets, rows, classes, 'target')
    const session = await this.#gradientSession(loss, rows)
    this.#gradientNotes = session.notes
    const parts: Record<'gradient' | 'losses' | 'scores', Float32Array[]> = {
      gradient: [],
      losses: [],
      scores: [],
    }
    for (const chunk of chunksOf(batch, sampleShape, session.rowsMax, session.fixedBatch)) {
      const results = await session.run(chunk, labels, isTargeted(loss) ? targets : undefined)
      parts.gradient.push(rowsOf(results.gradient, chunk.rows, sizeOf(sampleShape)))
      parts.losses.push(rowsOf(results.losses, chunk.rows, 1))
      parts.scores.push(rowsOf(results.scores, chunk.rows, classes))
    }
    return {
      gradient: { shape: batch.shape, data: joined(parts.gradient) },
      losses: joined(parts.losses),
      scores: { shape: [rows, classes], data: joined(parts.scores) },
    }
  }

  /**
   * The gradient of cross-entropy and a step along its sign, in one run.
   * @throws EngineError as `lossGradient`; SHAPE_MISMATCH if the box has another shape than the batch
   */
  async signAscent(batch: Tensor, labels: Int32Array, step: SignStep): Promise<SignAscent> {
    const { sampleShape } = this.#classifier
    const rows = checkedRows(batch, sampleShape)
    checkLabels(labels, rows, this.classes)
    for (const bound of [step.low, step.high]) {
      if (checkedRows(bound, sampleShape) === rows) continue
      throw new EngineError(
        'SHAPE_MISMATCH',
        `the box holds [${bound.shape.join(', ')}] and the batch [${batch.shape.join(', ')}]; give each sample its bounds`,
      )
    }
    this.#refuseClosed()
    this.#ascent ??= this.#prepare().then((prepared) =>
      openAscent(
        prepared,
        this.#classifier,
        { classes: this.classes, straightThrough: this.#straightThrough },
        this.#options,
      ),
    )
    const session = await this.#ascent
    this.#gradientNotes = session.notes
    return session.run(batch, labels, step)
  }

  /**
   * d logit_k / d x for the chosen classes k, all of them if not stated: [n, chosen, ...input].
   * @throws EngineError as `lossGradient`; BATCH_TOO_LARGE
   */
  async jacobian(batch: Tensor, chosen?: readonly number[]): Promise<Tensor> {
    const classes = chosen ?? Array.from({ length: this.classes }, (_, k) => k)
    const { sampleShape } = this.#classifier
    const [rows, width] = [checkedRows(batch, sampleShape), sizeOf(sampleShape)]
    const shape = [rows, classes.length, ...sampleShape]
    if (sizeOf(shape) > limits.feedNumbersMax) {
      throw new EngineError(
        'BATCH_TOO_LARGE',
        `the Jacobian would have ${sizeOf(shape)} numbers, more than ${limits.feedNumbersMax}; ask for fewer samples or classes`,
      )
    }
    const data = new Float32Array(sizeOf(shape))
    for (const [at, k] of classes.entries()) {
      const labels = new Int32Array(rows).fill(k)
      const { gradient } = await this.lossGradient(batch, labels, { loss: 'logit' })
      for (let row = 0; row < rows; row++) {
        const line = gradient.data.subarray(row * width, (row + 1) * width)
        data.set(line, (row * classes.length + at) * width)
      }
    }
    return { shape, data }
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
    for (const opening of [...this.#gradients.values(), this.#ascent]) {
      const session = await opening?.catch(() => undefined)
      await session?.close()
    }
  }

  get #classifier(): ScoreModel {
    this.#scoreModel ??= scoreModelOf(this.#graph)
    return this.#scoreModel
  }

  #prepare(rows?: number): Promise<PreparedGraph> {
    const [graph, model, options] = [this.#graph, this.#classifier, this.#options]
    this.#prepared ??= prepareGraph(graph, model, options, foldNormalization, rows)
    return this.#prepared
  }

  #refuseClosed(): void {
    if (this.#isClosed)
      throw new EngineError('MODEL_CLOSED', `${this.name} is closed; open it again`)
  }

  #gradientSession(loss: LossName, rows: number): Promise<LossGradientSession> {
    this.#refuseClosed()
    const known = this.#gradients.get(loss)
    if (known !== undefined) return known
    const straightThrough = this.#straightThrough
    const opening = this.#prepare(rows).then((prepared) =>
      openLossGradient(prepared, this.#classifier, { loss, straightThrough }, this.#options),
    )
    this.#gradients.set(loss, opening)
    return opening
  }
}
