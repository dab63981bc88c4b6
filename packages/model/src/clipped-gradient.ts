import { assert, seededRandom } from '@merlon/core'
import { sizeOf, type Tensor } from '@merlon/tensor'
import type { PreprocessingChoice } from './access/graft-preprocessing.ts'
import { type Chunk, checkedRows, checkLabels, chunksOf } from './chunks.ts'
import {
  type ClippedGradientGraph,
  clipPorts,
  clippedGradientGraph,
  singleGradientGraph,
} from './clipped-gradient-graph.ts'
import { floatsOf } from './constant.ts'
import { elementTypes } from './element-type.ts'
import { EngineError, quoted } from './errors.ts'
import { classesOf, lossPorts } from './gradient/loss-gradient-graph.ts'
import { labelTensor } from './loss-gradient-session.ts'
import { nothingToTrain, parametersOf } from './parameters.ts'
import {
  isRandom,
  type PerExampleModel,
  perExampleModel,
  refuseDraws,
  samplesMixed,
  withoutDropout,
} from './per-example-model.ts'
import { inputTensor } from './score-model.ts'
import { type NamedTensor, type RuntimeOptions, Session } from './session.ts'

export interface ClippedGradientOptions extends RuntimeOptions {
  /** What the file's metadata says unless stated. */
  readonly preprocessing?: PreprocessingChoice
}

/** Where and how a batch is clipped. */
export interface ClipOptions {
  /** The norm that no sample's gradient exceeds, over all parameters together. */
  readonly clip: number
  /** What the parameters are now, by name; those that are not named are as the file has them. */
  readonly parameters?: ReadonlyMap<string, Tensor>
}

/** What one batch gave. */
export interface ClippedGradientSum {
  /** Initialiser to the sum over samples of gradient_i min(1, clip / norm_i). */
  readonly gradients: ReadonlyMap<string, Tensor>
  /** [n]: the norm of each sample's gradient before it was clipped. */
  readonly norms: Float32Array
  /** [n]: cross-entropy, natural logarithm. */
  readonly losses: Float32Array
  /** How many samples were clipped. */
  readonly clipped: number
}

/**
 * The sum of a batch's gradients, each clipped to a norm (Abadi et al. 2016, algorithm 1, lines 5 and 6, without the noise),
 * of the cross-entropy with respect to all parameters.
 * @throws EngineError as `openClippedGradient` and `ClippedGradient.sum`
 */
export async function clippedGradientSum(
  source: string | Uint8Array,
  batch: Tensor,
  labels: Int32Array,
  options: ClippedGradientOptions & ClipOptions,
): Promise<ClippedGradientSum> {
  const opened = await openPerExample(source, options, 'gradients', batch.shape.slice(1))
  try {
    return await opened.sum(batch, labels, options)
  } finally {
    await opened.close()
  }
}

/**
 * [n]: the norm of each sample's own gradient, of its cross-entropy with respect to all parameters together. Most
 * parameters take a formula that never makes those gradients; for others, samples run one by one.
 * @throws EngineError as `openClippedGradient`; SHAPE_MISMATCH, LABEL_OUT_OF_RANGE, TRAINING_DIVERGED
 */
export async function perExampleGradientNorms(
  source: string | Uint8Array,
  batch: Tensor,
  labels: Int32Array,
  options: ClippedGradientOptions = {},
): Promise<Float32Array> {
  const opened = await openPerExample(source, options, 'norms', batch.shape.slice(1))
  try {
    return (await opened.sum(batch, labels, { clip: 1 })).norms
  } finally {
    await opened.close()
  }
}

/**
 * Derives and loads the clipped gradient once, to be run for many batches.
 * @throws EngineError as `openModel`; NO_GRADIENT_RULE, NOTHING_TO_TRAIN; SAMPLES_MIXED where samples of a batch meet, as
 * in batch normalisation in training mode
 */
export function openClippedGradient(
  source: string | Uint8Array,
  options: ClippedGradientOptions = {},
): Promise<ClippedGradient> {
  return openPerExample(source, options, 'gradients')
}

async function openPerExample(
  source: string | Uint8Array,
  options: ClippedGradientOptions,
  wants: 'norms' | 'gradients',
  shown?: readonly number[],
): Promise<ClippedGradient> {
  const read = await perExampleModel(source, options, shown)
  const isApart = isRandom(read.prepared.graph) ? await keepsApart(withoutDropout(read)) : undefined
  const opened = await openedWith(read, wants, isApart === false ? 'plain' : 'formulas')
  try {
    if (isApart !== undefined || (await opened.keepsSamplesApart())) return opened
  } catch (error) {
    await opened.close()
    throw error
  }
  await opened.close()
  return openedWith(read, wants, 'plain')
}

/** The check of a model that draws: of the same without its dropout. */
async function keepsApart(read: PerExampleModel): Promise<boolean> {
  const opened = await openedWith(read, 'norms', 'formulas')
  try {
    return await opened.keepsSamplesApart()
  } finally {
    await opened.close()
  }
}

async function openedWith(
  read: PerExampleModel,
  wants: 'norms' | 'gradients',
  path: 'formulas' | 'plain',
): Promise<ClippedGradient> {
  const { prepared, model, session } = read
  const graph = clippedGradientGraph(prepared, model, wants, path)
  refuseDraws(prepared.graph, graph.others)
  const single = singleGradientGraph(prepared, graph.others, wants)
  if (graph.isEmpty && single.gradients.size === 0) throw nothingToTrain()
  const hasSingle = single.gradients.size > 0
  return new ClippedGradient({
    read,
    graph,
    wants,
    session: await Session.open(graph.file, session),
    single: hasSingle ? await Session.open(single.file, session) : undefined,
    singleGradients: [...single.gradients.values()],
  })
}

interface Parts {
  readonly read: PerExampleModel
  readonly graph: ClippedGradientGraph
  readonly wants: 'norms' | 'gradients'
  readonly session: Session
  /** Gives the gradients of one sample that have no formula. */
  readonly single: Session | undefined
  readonly singleGradients: readonly string[]
}

/** A model's clipped gradient, ready to run. */
export class ClippedGradient {
  readonly #parts: Parts
  readonly #classes: number
  /** The learnt inputs of the graph as the file has them. */
  readonly #initial: Readonly<Record<string, NamedTensor>>

  /** Use `openClippedGradient`. */
  constructor(parts: Parts) {
    this.#parts = parts
    const { facts, logits, graph } = parts.read.prepared
    this.#classes = classesOf(facts, logits)
    const learnt = parts.wants === 'gradients' ? [...parametersOf(graph)] : []
    this.#initial = Object.fromEntries(
      learnt.map(([name, constant]) => [
        name,
        { type: 'float32', shape: constant.shape, data: floatsOf(constant) },
      ]),
    )
  }

  /** The names of the initialisers that have a gradient. */
  get parameters(): readonly string[] {
    return [...this.#parts.graph.gradients.keys()]
  }

  /**
   * Clips and sums the gradients of one batch of any size.
   * @throws EngineError SHAPE_MISMATCH, LABEL_OUT_OF_RANGE, BATCH_TOO_LARGE, INPUT_MISMATCH; TRAINING_DIVERGED for a
   * gradient that is not finite
   */
  async sum(
    batch: Tensor,
    labels: Int32Array,
    { clip, parameters = new Map() }: ClipOptions,
  ): Promise<ClippedGradientSum> {
    const { read, graph } = this.#parts
    const { sampleShape, fixedBatch } = read.model
    const rows = checkedRows(batch, sampleShape)
    checkLabels(labels, rows, this.#classes)
    if (!(clip > 0 && Number.isFinite(clip))) {
      throw new EngineError('INPUT_MISMATCH', `the clipping norm is ${clip}; it must be above zero`)
    }
    const held = this.#held(parameters)
    const norms = new Float32Array(rows)
    const losses = new Float32Array(rows)
    const gradients = new Map<string, Tensor>()
    for (const chunk of chunksOf(batch, sampleShape, graph.rowsMax, fixedBatch)) {
      const results = await this.#run(chunk, labels, clip, held)
      const [loss, squares] = [dataOf(results[graph.losses]), dataOf(results[graph.squares])]
      losses.set(loss, chunk.start)
      for (let row = 0; row < chunk.rows; row++) norms[chunk.start + row] = Math.sqrt(squares[row]!)
      for (const [parameter, value] of graph.gradients) {
        addTo(gradients, parameter, results[value])
      }
    }
    const bad = norms.findIndex((norm) => !Number.isFinite(norm))
    if (bad >= 0) {
      throw new EngineError(
        'TRAINING_DIVERGED',
        `the gradient of sample ${bad} is not finite; use a smaller learning rate, and check the data for NaN`,
      )
    }
    return { gradients, norms, losses, clipped: norms.filter((norm) => norm > clip).length }
  }

  /** Frees the sessions. Later calls throw MODEL_CLOSED. */
  async close(): Promise<void> {
    await this.#parts.session.close()
    await this.#parts.single?.close()
  }

  /**
   * Asks about a sample alone and in company. A loss that differs shows that samples meet somewhere, whatever the operator;
   * a norm that differs shows rows that are not in the order of the samples, which the formulas take for granted: `false`.
   * Operators that make random numbers differ anyway; a model with such is not looked at.
   * @throws EngineError SAMPLES_MIXED
   */
  async keepsSamplesApart(): Promise<boolean> {
    const { read, graph } = this.#parts
    const { model, prepared, session } = read
    if (isRandom(prepared.graph) || model.fixedBatch !== undefined) return true
    const numbers = sizeOf(model.sampleShape)
    const isFloat = model.input.type === elementTypes.float32.code
    const random = seededRandom(1)
    // Tokens 0 and 1 are in every vocabulary. The second sample is far from the first, so that a mix shows.
    const data = Float32Array.from({ length: 2 * numbers }, (_, i) =>
      isFloat ? (i < numbers ? random() : 4 * random() - 2) : Math.round(random()),
    )
    const labels = Int32Array.of(0, this.#classes - 1)
    const ask = async (rows: number) => {
      const shape = [rows, ...model.sampleShape]
      const chunk = { start: 0, rows, batch: { shape, data: data.subarray(0, rows * numbers) } }
      const results = await this.#run(chunk, labels.subarray(0, rows), 1, this.#initial)
      const square = dataOf(results[graph.squares])[0]!
      return { loss: dataOf(results[graph.losses])[0]!, norm: Math.sqrt(square) }
    }
    const [alone, inCompany] = [await ask(1), await ask(2)]
    if (areApart(alone.loss, inCompany.loss)) {
      throw samplesMixed(`${session.name} answers one sample in the light of another`)
    }
    return !areApart(alone.norm, inCompany.norm)
  }

  #held(parameters: ReadonlyMap<string, Tensor>): Readonly<Record<string, NamedTensor>> {
    const held: Record<string, NamedTensor> = { ...this.#initial }
    for (const [name, { shape, data }] of parameters) {
      const known = this.#initial[name]
      if (known === undefined || known.shape.join() !== shape.join()) {
        throw new EngineError(
          'INPUT_MISMATCH',
          `the model has no parameter ${quoted(name)} of the shape [${shape.join(', ')}]`,
        )
      }
      held[name] = { type: 'float32', shape, data }
    }
    return held
  }

  async #run(
    chunk: Chunk,
    labels: Int32Array,
    clip: number,
    held: Readonly<Record<string, NamedTensor>>,
  ): Promise<Record<string, NamedTensor>> {
    const { session, graph, wants, read } = this.#parts
    const own = labels.subarray(chunk.start, chunk.start + chunk.rows)
    const feeds: Record<string, NamedTensor> = {
      ...held,
      [read.model.input.name]: inputTensor(read.model, chunk.batch),
      [lossPorts.labels]: labelTensor(own, chunk.rows),
    }
    if (wants === 'gradients') {
      feeds[clipPorts.clip] = { type: 'float32', shape: [], data: Float32Array.of(clip) }
    }
    if (graph.others.size > 0) {
      const squares = await this.#oneByOne(chunk, own, held)
      feeds[clipPorts.otherSquares] = { type: 'float32', shape: [chunk.rows], data: squares }
    }
    return session.run(feeds)
  }

  /** The squared norms of what has no formula. */
  async #oneByOne(
    { batch, rows }: Chunk,
    labels: Int32Array,
    held: Readonly<Record<string, NamedTensor>>,
  ): Promise<Float32Array> {
    const squares = new Float32Array(rows)
    const { single, singleGradients, read } = this.#parts
    if (single === undefined) return squares
    for (const { start, batch: sample } of chunksOf(batch, read.model.sampleShape, 1)) {
      const results = await single.run({
        ...held,
        [read.model.input.name]: inputTensor(read.model, sample),
        [lossPorts.labels]: labelTensor(labels.subarray(start, start + 1), 1),
      })
      let sum = 0
      for (const name of singleGradients) {
        for (const value of dataOf(results[name])) sum += value * value
      }
      squares[start] = sum
    }
    return squares
  }
}

/** Single precision over another count of rows, far below what a shared statistic would do. */
const mixedTolerance = 1e-3

function areApart(one: number, other: number): boolean {
  return Math.abs(one - other) > mixedTolerance * Math.max(1, Math.abs(one))
}

function dataOf(tensor: NamedTensor | undefined): Float32Array {
  assert(tensor?.data instanceof Float32Array, 'the graph gives float32')
  return tensor.data
}

function addTo(sums: Map<string, Tensor>, name: string, part: NamedTensor | undefined): void {
  const data = dataOf(part)
  const sum = sums.get(name)
  if (sum === undefined) sums.set(name, { shape: part?.shape ?? [], data })
  else for (let i = 0; i < data.length; i++) sum.data[i]! += data[i]!
}
