import { assert } from '@merlon/core'
import { sizeOf, type Tensor } from '@merlon/tensor'
import { graftPreprocessing, type PreprocessingChoice } from './access/graft-preprocessing.ts'
import { checkedRows, checkLabels, chunksOf } from './chunks.ts'
import { EngineError } from './errors.ts'
import { classesOf, lossGradientGraph, lossPorts } from './gradient/loss-gradient-graph.ts'
import type { LabelLossName } from './gradient/losses.ts'
import { graphOf } from './graph-file.ts'
import { loadModel } from './load-model.ts'
import { labelTensor, prepareGraph } from './loss-gradient-session.ts'
import { inBlockedLayout } from './lowering/blocked-layout.ts'
import { nothingToTrain, parametersOf } from './parameters.ts'
import { runtimeFileOf } from './runtime-file.ts'
import { inputTensor, learnableModelOf } from './score-model.ts'
import { type RuntimeOptions, Session, sessionOptions } from './session.ts'

export interface ParameterGradientOptions extends RuntimeOptions {
  /** Cross-entropy if not stated. */
  readonly loss?: LabelLossName
  /** What the file's metadata says unless stated. */
  readonly preprocessing?: PreprocessingChoice
  /** Lets gradients through operators that round: an estimate. */
  readonly straightThrough?: boolean
}

/**
 * The gradient of the mean loss of a batch with respect to each parameter that the loss depends on,
 * by the name of the initialiser; zeros for one that only steers decisions. Tokens stand in the batch as whole numbers.
 * @throws EngineError as `openModel` and `lossGradient`; NOTHING_TO_TRAIN; INPUT_MISMATCH;
 * SHAPE_MISMATCH if a fixed batch does not divide the rows
 */
export async function parameterGradients(
  source: string | Uint8Array,
  batch: Tensor,
  labels: Int32Array,
  options: ParameterGradientOptions = {},
): Promise<ReadonlyMap<string, Tensor>> {
  const loaded = await loadModel(source, options.name)
  const session = sessionOptions(loaded.name, options)
  const graph = graphOf(graftPreprocessing(loaded.model, options.preprocessing ?? 'file'))
  const model = learnableModelOf(graph, batch.shape.slice(1))
  const rows = checkedRows(batch, model.sampleShape)
  const prepared = await prepareGraph(graph, model, session, undefined, rows)
  const wanted = new Set(parametersOf(prepared.graph, true).keys())
  if (wanted.size === 0) throw nothingToTrain()
  const derived = lossGradientGraph(prepared.graph, prepared.facts, {
    ...prepared,
    wanted,
    straightThrough: options.straightThrough ?? false,
    ...(options.loss === undefined ? {} : { loss: options.loss }),
  })
  checkLabels(labels, rows, classesOf(prepared.facts, prepared.logits))
  const { fixedBatch } = prepared
  if (fixedBatch !== undefined && rows % fixedBatch !== 0) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `the model takes exactly ${fixedBatch} samples at a time, and ${rows} is not a multiple of that; export it with a free batch size`,
    )
  }
  const sums = new Map<string, Tensor>()
  // What only steers decisions has a derivative wherever it exists, and that is zero.
  for (const name of wanted) {
    const shape = prepared.graph.constants.get(name)?.shape
    if (shape === undefined || derived.gradients.has(name)) continue
    sums.set(name, { shape, data: new Float32Array(sizeOf(shape)) })
  }
  const fast = inBlockedLayout(derived.graph, derived.facts, prepared.block)
  const runner = await Session.open(runtimeFileOf(fast), session)
  try {
    const split = chunksOf(batch, model.sampleShape, prepared.rowsMax, fixedBatch)
    for (const chunk of split) {
      const part = labels.subarray(chunk.start, chunk.start + chunk.rows)
      const results = await runner.run({
        [model.input.name]: inputTensor(model, chunk.batch),
        [lossPorts.labels]: labelTensor(part, chunk.rows),
      })
      for (const [parameter, value] of derived.gradients) {
        const result = results[value]
        assert(result?.data instanceof Float32Array, 'a gradient is float32')
        addScaled(sums, parameter, { shape: result.shape, data: result.data }, 1 / rows)
      }
    }
  } finally {
    await runner.close()
  }
  return sums
}

function addScaled(sums: Map<string, Tensor>, name: string, part: Tensor, factor: number): void {
  const sum = sums.get(name) ?? { shape: part.shape, data: new Float32Array(sizeOf(part.shape)) }
  sums.set(name, sum)
  for (let i = 0; i < part.data.length; i++) sum.data[i]! += part.data[i]! * factor
}
