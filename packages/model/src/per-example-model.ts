import { graftPreprocessing, type PreprocessingChoice } from './access/graft-preprocessing.ts'
import { intAttribute } from './attributes.ts'
import { EngineError, quoted } from './errors.ts'
import type { Graph, GraphNode } from './graph.ts'
import { graphOf } from './graph-file.ts'
import { loadModel } from './load-model.ts'
import { type PreparedGraph, prepareGraph } from './loss-gradient-session.ts'
import { learnableModelOf, type ScoreModel } from './score-model.ts'
import { type RuntimeOptions, type SessionOptions, sessionOptions } from './session.ts'

/** A model whose samples have gradients of their own. */
export interface PerExampleModel {
  readonly prepared: PreparedGraph
  readonly model: ScoreModel
  readonly session: SessionOptions
}

/**
 * Reads a model for gradients of single samples. `shown` is a sample's shape, for what the file leaves open.
 * @throws EngineError as `openModel`; SAMPLES_MIXED; UNSUPPORTED_SIGNATURE if the file fixes a batch of several samples
 */
export async function perExampleModel(
  source: string | Uint8Array,
  options: RuntimeOptions & {
    readonly preprocessing?: PreprocessingChoice
  },
  shown: readonly number[] = [],
): Promise<PerExampleModel> {
  const { name, model: parsed } = await loadModel(source, options.name)
  const session = sessionOptions(name, options)
  const graph = graphOf(graftPreprocessing(parsed, options.preprocessing ?? 'file'))
  const model = learnableModelOf(graph, shown)
  if (model.fixedBatch !== undefined && model.fixedBatch > 1) {
    throw new EngineError(
      'UNSUPPORTED_SIGNATURE',
      `the model takes exactly ${model.fixedBatch} samples at a time, so that none runs alone; export it with a free batch size`,
    )
  }
  const prepared = await prepareGraph(graph, model, session)
  refuseMixing(prepared.graph)
  return { prepared, model, session }
}

/** The model's answer for a sample depends on the others of its batch. */
export function samplesMixed(what: string): EngineError {
  return new EngineError(
    'SAMPLES_MIXED',
    `${what}, so that none has a gradient of its own; use group normalisation, or export the model in evaluation mode`,
  )
}

/** @throws EngineError SAMPLES_MIXED where `others` run again sample by sample and the model would draw anew */
export function refuseDraws({ nodes }: Graph, others: ReadonlySet<string>): void {
  const node = nodes.find(drawsAtRandom)
  if (node === undefined || others.size === 0) return
  throw new EngineError(
    'SAMPLES_MIXED',
    `${quoted(node.op)} (node ${quoted(node.name)}) draws anew in each run, and ${quoted([...others][0] ?? '')} needs a run per sample; export the model in evaluation mode`,
  )
}

/** True if two runs of the graph over the same batch may differ. */
export function isRandom({ nodes }: Graph): boolean {
  return nodes.some(drawsAtRandom)
}

/** The model with its dropout in inference mode, for checks that compare two runs. */
export function withoutDropout(read: PerExampleModel): PerExampleModel {
  const { graph } = read.prepared
  const nodes = graph.nodes.map((node) =>
    node.op === 'Dropout' && node.domain === ''
      ? { ...node, inputs: node.inputs.slice(0, 2) }
      : node,
  )
  return { ...read, prepared: { ...read.prepared, graph: { ...graph, nodes } } }
}

const drawing = /^(Random(Normal|Uniform)(Like)?|Bernoulli|Multinomial)$/

function drawsAtRandom({ op, inputs }: GraphNode): boolean {
  return drawing.test(op) || (op === 'Dropout' && (inputs[2] ?? '') !== '')
}

/** Where statistics of the batch are taken, no sample has a gradient of its own. */
function refuseMixing({ nodes }: Graph): void {
  const node = nodes.find(
    (each) => each.op === 'BatchNormalization' && intAttribute(each, 'training_mode', 0) === 1,
  )
  if (node === undefined) return
  throw samplesMixed(
    `'BatchNormalization' (node ${quoted(node.name)}) mixes samples in training mode`,
  )
}
