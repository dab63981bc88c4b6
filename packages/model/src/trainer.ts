import { assert } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { graftPreprocessing, type PreprocessingChoice } from './access/graft-preprocessing.ts'
import { declarePreprocessing } from './access/metadata-preprocessing.ts'
import { checkedRows, checkLabels } from './chunks.ts'
import { floatConstant, tensorProto } from './constant.ts'
import { EngineError, quoted } from './errors.ts'
import type { GradientNote } from './gradient/gradient-note.ts'
import { lossPorts } from './gradient/loss-gradient-graph.ts'
import { graphOf } from './graph-file.ts'
import { limits } from './limits.ts'
import { loadModel } from './load-model.ts'
import { labelTensor, type PreparedGraph, prepareGraph } from './loss-gradient-session.ts'
import { type ParsedModel, writeModel } from './model-file.ts'
import { type Optimizer, type OptimizerOptions, optimizerOf } from './optimizer.ts'
import { inputTensor, learnableModelOf, type ScoreModel } from './score-model.ts'
import {
  type NamedTensor,
  type RuntimeOptions,
  Session,
  type SessionOptions,
  sessionOptions,
} from './session.ts'
import {
  type StepState,
  type TrainGraph,
  trainGraph,
  type UpdateGraph,
  updateGraph,
  weightsPort,
} from './train-graph.ts'
import { forInference, inTrainingMode } from './training-mode.ts'

export interface TrainerOptions extends RuntimeOptions {
  readonly optimizer: OptimizerOptions
  /**
   * Batch normalisation by the statistics of each batch, with running ones that are kept for the export, and dropout that
   * drops. `false` leaves both as the file has them. On unless stated.
   */
  readonly inTrainingMode?: boolean
  /** Decides what dropout drops; 0 unless stated. */
  readonly seed?: number
  /** Lets gradients through operators that round: an estimate, which `gradientNotes` say. */
  readonly straightThrough?: boolean
  /** What happens to samples before the model, as in `openModel`; `export` names what is given here in the metadata. */
  readonly preprocessing?: PreprocessingChoice
}

/** What one step saw before its update. */
export interface StepResult {
  /** Mean cross-entropy of the batch, by the weights of its samples. */
  readonly loss: number
  /** Samples of the batch whose label had the largest score. */
  readonly correct: number
}

/**
 * Prepares a model for training: every float parameter that its scores depend on is learnt.
 * @throws EngineError as `openModel` and `lossGradient`; NOTHING_TO_TRAIN
 */
export async function openTrainer(
  source: string | Uint8Array,
  options: TrainerOptions,
): Promise<Trainer> {
  const { name, model: parsed } = await loadModel(source, options.name)
  const session = sessionOptions(name, options)
  const { preprocessing = 'file' } = options
  const graph = graphOf(graftPreprocessing(parsed, preprocessing))
  const model = learnableModelOf(graph)
  const optimizer = optimizerOf(options.optimizer)
  const { inTrainingMode: isTurnedOn = true, seed = 0, straightThrough = false } = options
  const prepared = await prepareGraph(graph, model, session, (canonical) =>
    inTrainingMode(canonical, { isTurnedOn, seed }),
  )
  const step = trainGraph(prepared, optimizer, straightThrough)
  return new Trainer({
    parsed: preprocessing === 'file' ? parsed : declarePreprocessing(parsed, preprocessing),
    model,
    prepared,
    optimizer,
    step,
    options: session,
    learningRate: options.optimizer.learningRate,
    session: await Session.open(step.file, session),
  })
}

interface Parts {
  readonly parsed: ParsedModel
  readonly model: ScoreModel
  readonly prepared: PreparedGraph
  readonly optimizer: Optimizer
  readonly step: TrainGraph
  readonly options: SessionOptions
  readonly learningRate: number
  readonly session: Session
}

/** Holds a model's parameters while they are learnt. Steps run one after the other. */
export class Trainer {
  readonly #parts: Parts
  /** Parameters, statistics and optimiser state, by the name of the input that takes them. */
  readonly #state: Record<string, NamedTensor> = {}
  #update: Promise<{ readonly graph: UpdateGraph; readonly session: Session }> | undefined
  #steps = 0
  /** Ends when the step that was asked for last does. */
  #latest: Promise<unknown> = Promise.resolve()

  /** Use `openTrainer`. */
  constructor(parts: Parts) {
    this.#parts = parts
    const { parameters, statistics, optimizerStates } = parts.step
    for (const { input, shape, initial } of [...parameters, ...statistics, ...optimizerStates]) {
      this.#state[input] = { type: 'float32', shape, data: initial }
    }
  }

  /** The names of the initialisers that are learnt. */
  get parameters(): readonly string[] {
    return this.#parts.step.parameters.map(({ input }) => input)
  }

  /** The parameters as they are now, by name: later steps put others in their place and never write to these. */
  get values(): ReadonlyMap<string, Tensor> {
    return new Map(
      this.parameters.map((name) => {
        const state = this.#state[name]
        assert(state?.data instanceof Float32Array, 'a parameter is float32')
        return [name, { shape: state.shape, data: state.data }]
      }),
    )
  }

  /** Where the gradient of a step is an estimate because the model rounds. Empty if it is exact. */
  get gradientNotes(): readonly GradientNote[] {
    return this.#parts.step.notes
  }

  /**
   * One update with the mean gradient of a batch of any size; `weights` say how much each sample counts in the mean.
   * @throws EngineError SHAPE_MISMATCH, LABEL_OUT_OF_RANGE, BATCH_TOO_LARGE, INPUT_MISMATCH, TRAINING_DIVERGED
   */
  async step(
    batch: Tensor,
    labels: Int32Array,
    learningRate?: number,
    weights?: Float32Array,
  ): Promise<StepResult> {
    const { step, session, model } = this.#parts
    const rows = this.#checkBatch(batch, labels)
    const shares = weights ?? new Float32Array(rows).fill(1)
    checkWeights(shares, rows)
    const feeds = {
      [model.input.name]: inputTensor(model, batch),
      [lossPorts.labels]: labelTensor(labels, rows),
      [weightsPort]: { type: 'float32', shape: [rows], data: shares },
    }
    return this.#inTurn(async () => {
      this.#steps++
      const results = await session.run({
        ...this.#held(step),
        ...this.#rates(learningRate),
        ...feeds,
      })
      const loss = numberOf(results[step.loss])
      if (!Number.isFinite(loss)) {
        throw new EngineError(
          'TRAINING_DIVERGED',
          `the loss of step ${this.#steps} is ${loss}; use a smaller learning rate, and check the data for NaN`,
        )
      }
      this.#adopt([...step.parameters, ...step.statistics, ...step.optimizerStates], results)
      return { loss, correct: numberOf(results[step.correct]) }
    })
  }

  /**
   * One update with gradients from outside, such as a clipped sum with noise: one for each parameter, by name.
   * @throws EngineError INPUT_MISMATCH if one is missing or of another shape
   */
  async apply(gradients: ReadonlyMap<string, Tensor>, learningRate?: number): Promise<void> {
    this.#update ??= this.#openUpdate()
    const { graph, session } = await this.#update
    const feeds: Record<string, NamedTensor> = {}
    for (const [name, port] of graph.gradients) {
      const { shape } = this.#state[name] ?? { shape: [] }
      const given = gradients.get(name)
      if (given === undefined || given.shape.join() !== shape.join()) {
        throw new EngineError(
          'INPUT_MISMATCH',
          `the gradient of ${quoted(name)} is missing or not [${shape.join(', ')}]; give one for each of the parameters`,
        )
      }
      feeds[port] = { type: 'float32', shape, data: given.data }
    }
    await this.#inTurn(async () => {
      this.#steps++
      const results = await session.run({
        ...this.#held(graph),
        ...this.#rates(learningRate),
        ...feeds,
      })
      this.#adopt([...graph.parameters, ...graph.optimizerStates], results)
    })
  }

  /**
   * The model as ONNX bytes, for use: parameters and running statistics as they are now, what learns in inference mode, and
   * everything else as it was.
   */
  export(): Uint8Array {
    const parsed = forInference(this.#parts.parsed)
    const initializer = parsed.graph.initializer.map((proto) => {
      const name = proto.name ?? ''
      const state = this.#state[name]
      if (state === undefined || !(state.data instanceof Float32Array)) return proto
      return tensorProto(name, floatConstant(state.data, state.shape))
    })
    return writeModel({ ...parsed, graph: { ...parsed.graph, initializer } })
  }

  async close(): Promise<void> {
    await this.#parts.session.close()
    const update = await this.#update?.catch(() => undefined)
    await update?.session.close()
  }

  async #openUpdate() {
    const { prepared, optimizer, options } = this.#parts
    const graph = updateGraph(prepared, this.parameters, optimizer)
    return { graph, session: await Session.open(graph.file, options) }
  }

  /** A step begins with what the one before it gave, also where nobody has waited for that. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#latest.then(step)
    // Whoever asked for a step learns of its failure; the next one begins where it did.
    this.#latest = result.catch(() => undefined)
    return result
  }

  /** The states that a graph takes. */
  #held(
    graph: Pick<TrainGraph, 'parameters' | 'optimizerStates'> & {
      statistics?: readonly StepState[]
    },
  ) {
    const states = [...graph.parameters, ...(graph.statistics ?? []), ...graph.optimizerStates]
    return Object.fromEntries(states.map(({ input }) => [input, this.#state[input]!]))
  }

  #rates(learningRate = this.#parts.learningRate): Record<string, NamedTensor> {
    const { step, optimizer } = this.#parts
    const rates = optimizer.ratesAt(this.#steps, learningRate)
    return Object.fromEntries(
      step.rates.map((name, index) => [
        name,
        { type: 'float32', shape: [], data: Float32Array.of(rates[index]!) },
      ]),
    )
  }

  #adopt(states: readonly StepState[], results: Readonly<Record<string, NamedTensor>>): void {
    for (const { input, output } of states) {
      const next = results[output]
      assert(next !== undefined, 'every state comes out again')
      this.#state[input] = next
    }
  }

  #checkBatch(batch: Tensor, labels: Int32Array): number {
    const { model, step } = this.#parts
    const rows = checkedRows(batch, model.sampleShape)
    checkLabels(labels, rows, step.classes)
    if (rows === 0)
      throw new EngineError('SHAPE_MISMATCH', 'a train step needs at least one sample')
    if (rows > limits.trainBatchRowsMax) {
      throw new EngineError(
        'BATCH_TOO_LARGE',
        `a train step has ${rows} samples, more than ${limits.trainBatchRowsMax}; split it`,
      )
    }
    if (model.fixedBatch !== undefined && rows !== model.fixedBatch) {
      throw new EngineError(
        'SHAPE_MISMATCH',
        `the model takes exactly ${model.fixedBatch} samples at a time, not ${rows}; export it with a free batch size`,
      )
    }
    return rows
  }
}

/** @throws EngineError SHAPE_MISMATCH, INPUT_MISMATCH */
function checkWeights(weights: Float32Array, rows: number): void {
  if (weights.length !== rows) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `there are ${weights.length} weights for ${rows} samples; give one weight per sample`,
    )
  }
  let total = 0
  for (const weight of weights) total += weight
  if (weights.some((weight) => !(weight >= 0)) || !(total > 0) || !Number.isFinite(total)) {
    throw new EngineError(
      'INPUT_MISMATCH',
      'the weights of the samples must be finite, from zero up, and not all zero',
    )
  }
}

function numberOf(tensor: NamedTensor | undefined): number {
  const [value] = tensor?.data ?? []
  assert(typeof value === 'number', 'the step gives a number')
  return value
}
