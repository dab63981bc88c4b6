import { assert } from '@merlon/core'
import { graftPreprocessing, type PreprocessingChoice } from './access/graft-preprocessing.ts'
import { elementTypes } from './element-type.ts'
import { EngineError } from './errors.ts'
import type { GradientNote } from './gradient/gradient-note.ts'
import { lossGradientGraph, lossPorts } from './gradient/loss-gradient-graph.ts'
import { isTargeted, type LossName } from './gradient/losses.ts'
import { type Graph, type GraphPort, readsOf } from './graph.ts'
import { graphBytes, graphOf } from './graph-file.ts'
import { limits } from './limits.ts'
import { loadModel } from './load-model.ts'
import { prepareGraph } from './loss-gradient-session.ts'
import { scoreModelOf } from './score-model.ts'
import { type RuntimeOptions, sessionOptions } from './session.ts'

export interface GradientModelOptions extends Pick<RuntimeOptions, 'name'> {
  /** Cross-entropy if not stated. */
  readonly loss?: LossName
  /** Lets gradients through operators that round: an estimate, which `notes` say. */
  readonly straightThrough?: boolean
  /** What the file's metadata says unless stated. */
  readonly preprocessing?: PreprocessingChoice
}

/** A model with its gradient as one ONNX file, for any runtime, and what its inputs and outputs are called. */
export interface GradientModel {
  readonly bytes: Uint8Array
  /** Takes [n, ...sample], as the model does. */
  readonly input: string
  /** Takes [n] classes as int64. */
  readonly labels: string
  /** Takes [n] classes as int64; `undefined` unless the loss is targeted. */
  readonly targets: string | undefined
  /** Gives d loss_i / d x_i, of the input's shape. */
  readonly gradient: string
  /** Gives [n]. */
  readonly losses: string
  /** Gives [n, classes]. */
  readonly scores: string
  /** What in the gradient is an estimate. */
  readonly notes: readonly GradientNote[]
}

/**
 * Derives the gradient of a loss with respect to the input and writes it down, for ONNX Runtime in a browser or wherever
 * this package is not.
 * @throws EngineError as `openModel` and `lossGradient`; MODEL_TOO_LARGE if it does not fit into one file
 */
export async function gradientModel(
  source: string | Uint8Array,
  options: GradientModelOptions = {},
): Promise<GradientModel> {
  const { name, model: parsed } = await loadModel(source, options.name)
  const graph = graphOf(graftPreprocessing(parsed, options.preprocessing ?? 'file'))
  const model = scoreModelOf(graph)
  const prepared = await prepareGraph(graph, model, sessionOptions(name, {}))
  const { loss = 'cross-entropy', straightThrough = false } = options
  const wanted = new Set([model.input.name])
  const derived = lossGradientGraph(prepared.graph, prepared.facts, {
    ...prepared,
    wanted,
    loss,
    straightThrough,
  })
  const gradient = derived.gradients.get(model.input.name)
  assert(gradient !== undefined, 'the input was wanted')
  refuseLarge(derived.graph)
  const free = freeNames(derived.graph)
  const names = new Map([
    [lossPorts.labels, free('labels')],
    [lossPorts.targets, free('targets')],
    [gradient, free('gradient')],
    [derived.losses, free('losses')],
  ])
  const nameOf = (value: string) => names.get(value) ?? value
  const batch = model.fixedBatch ?? -1
  const outputs: GraphPort[] = [
    { ...model.input, name: gradient },
    { name: derived.losses, type: elementTypes.float32.code, shape: [batch] },
    { ...model.output.port, name: derived.scores },
  ]
  return {
    bytes: graphBytes(renamed({ ...derived.graph, outputs }, nameOf)),
    input: model.input.name,
    labels: nameOf(lossPorts.labels),
    targets: isTargeted(loss) ? nameOf(lossPorts.targets) : undefined,
    gradient: nameOf(gradient),
    losses: nameOf(derived.losses),
    scores: derived.scores,
    notes: derived.notes,
  }
}

/** @throws EngineError MODEL_TOO_LARGE */
function refuseLarge({ constants }: Graph): void {
  const total = [...constants.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
  // The graph itself needs room beside its numbers.
  if (total <= limits.modelBytesMax - limits.gradientGraphBytesMax) return
  throw new EngineError(
    'MODEL_TOO_LARGE',
    `the model's ${total} bytes of numbers and its gradient do not fit into one ONNX file; use lossGradient of an opened model`,
  )
}

/** Gives a name that no value of the graph has. */
function freeNames({ nodes, inputs, constants }: Graph): (wished: string) => string {
  const taken = new Set([
    ...nodes.flatMap((node) => [...readsOf(node), ...node.outputs]),
    ...inputs.map(({ name }) => name),
    ...constants.keys(),
  ])
  return (wished) => {
    let name = wished
    while (taken.has(name)) name = `${name}_`
    taken.add(name)
    return name
  }
}

/** The graph with other names for some of its values. */
function renamed(graph: Graph, nameOf: (value: string) => string): Graph {
  const port = (each: GraphPort) => ({ ...each, name: nameOf(each.name) })
  return {
    ...graph,
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
    })),
  }
}
