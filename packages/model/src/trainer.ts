import { assert } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { graftPreprocessing, type PreprocessingChoice } from './access/graft-preprocessing.ts'
import { declarePreprocessing } from './access/metadata-preprocessing.ts'
import { checkedRows, checkLabels } from './chunks.ts'
import { floatConstant, tensorProto } from './constant.ts'
import { EngineError } from './errors.ts'
import { lossPorts } from './gradient/loss-gradient-graph.ts'
import { graphOf } from './graph-file.ts'
import { limits } from './limits.ts'
import { loadModel } from './load-model.ts'
import { labelTensor, prepareGraph } from './loss-gradient-session.ts'
import { type ParsedModel, writeModel } from './model-file.ts'
import { type Optimizer, type OptimizerOptions, optimizerOf } from './optimizer.ts'
import { inputTensor, learnableModelOf, type ScoreModel } from './score-model.ts'
import { type NamedTensor, Session } from './session.ts'
import { type TrainGraph, trainGraph } from './train-graph.ts'

export interface TrainerOptions {
  readonly optimizer: OptimizerOptions
  /** Threads of the runtime; all cores if not stated. */
  readonly threads?: number
  /** How messages call the model. */
  readonly name?: string
  /** What happens to samples before the model, as in `openModel`; `export` names what is given here in the metadata. */
  readonly preprocessing?: PreprocessingChoice
}

/** What one step saw before its update. */
export interface StepResult {
  /** Mean cross-entropy of the batch. */
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
  const session = { name, threads: options.threads }
  const { preprocessing = 'file' } = options
  const graph = graphOf(graftPreprocessing(parsed, preprocessing))
  const model = learnableModelOf(graph)
  const optimizer = optimizerOf(options.optimizer)
  const step = trainGraph(await prepareGraph(graph, model, session), optimizer)
  return new Trainer({
    parsed: preprocessing === 'file' ? parsed : declarePreprocessing(parsed, preprocessing),
    model,
    optimizer,
    step,
    learningRate: options.optimizer.learningRate,
    session: await Session.open(step.file, session),
  })
}

interface Parts {
  readonly parsed: ParsedModel
  readonly model: ScoreModel
  readonly optimizer: Optimizer
  readonly step: TrainGraph
  readonly learningRate: number
  readonly session: Session
}

/** Holds a model's parameters while they are learnt. Steps run one after the other. */
export class Trainer {
  readonly #parts: Parts
  readonly #fetches: readonly string[]
  /** Parameters and optimiser state, by the name of the input that takes them. */
  readonly #state: Record<string, NamedTensor> = {}
  #steps = 0

  /** Use `openTrainer`. */
  constructor(parts: Parts) {
    this.#parts = parts
    const { step } = parts
    const states = [...step.parameters, ...step.optimizerStates]
    for (const { input, shape, initial } of states) {
      this.#state[input] = { type: 'float32', shape, data: initial }
    }
    this.#fetches = [step.loss, step.correct, ...states.map(({ output }) => output)]
  }

  /** The names of the initialisers that are learnt. */
  get parameters(): readonly string[] {
    return this.#parts.step.parameters.map(({ input }) => input)
  }

  /**
   * One update with the mean gradient of a batch of any size.
   * @throws EngineError SHAPE_MISMATCH, LABEL_OUT_OF_RANGE, BATCH_TOO_LARGE, TRAINING_DIVERGED
   */
  async step(batch: Tensor, labels: Int32Array, learningRate?: number): Promise<StepResult> {
    const { step, optimizer, session, model } = this.#parts
    const rows = this.#checkBatch(batch, labels)
    this.#steps++
    const rates = optimizer.ratesAt(this.#steps, learningRate ?? this.#parts.learningRate)
    const feeds: Record<string, NamedTensor> = {
      ...this.#state,
      [model.input.name]: inputTensor(model, batch),
      [lossPorts.labels]: labelTensor(labels, rows),
    }
    for (const [index, name] of step.rates.entries()) {
      feeds[name] = { type: 'float32', shape: [], data: new Float32Array([rates[index]!]) }
    }
    const results = await session.run(feeds, this.#fetches)
    const loss = numberOf(results[step.loss])
    if (!Number.isFinite(loss)) {
      throw new EngineError(
        'TRAINING_DIVERGED',
        `the loss of step ${this.#steps} is ${loss}; use a smaller learning rate, and check the data for NaN`,
      )
    }
    for (const { input, output } of [...step.parameters, ...step.optimizerStates]) {
      const next = results[output]
      assert(next !== undefined, 'every state comes out again')
      this.#state[input] = next
    }
    return { loss, correct: numberOf(results[step.correct]) }
  }

  /** The model as ONNX bytes, with the parameters as they are now and everything else as it was. */
  export(): Uint8Array {
    const { parsed } = this.#parts
    const initializer = parsed.graph.initializer.map((proto) => {
      const name = proto.name ?? ''
      const state = this.#state[name]
      if (state === undefined || !(state.data instanceof Float32Array)) return proto
      return tensorProto(name, floatConstant(state.data, state.shape))
    })
    return writeModel({ ...parsed, graph: { ...parsed.graph, initializer } })
  }

  close(): Promise<void> {
    return this.#parts.session.close()
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

function numberOf(tensor: NamedTensor | undefined): number {
  const [value] = tensor?.data ?? []
  assert(typeof value === 'number', 'the step gives a number')
  return value
}
