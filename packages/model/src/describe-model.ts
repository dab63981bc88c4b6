import { elementTypeOf } from './element-type.ts'
import { EngineError } from './errors.ts'
import type { Graph, GraphPort } from './graph.ts'
import { graphOf } from './graph-file.ts'
import { loadModel } from './load-model.ts'
import { type ParsedModel, readModel } from './model-file.ts'
import { type ScoreOutput, scoreOutputOf } from './score-output.ts'

/** One named input or output. `type` is an ONNX element type, or 'other' for what is not a tensor; -1 is a free dimension. */
export interface TensorInfo {
  readonly name: string
  readonly type: string
  readonly shape: readonly number[]
}

/** What a model takes, gives and is made of. */
export interface ModelSignature {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly opset: number
  readonly producer: string
  /** Numbers in the initialisers of float type. */
  readonly parameters: number
  /** How often each operator stands in the graph; operators outside ONNX's own domain are `domain:Op`. */
  readonly operators: Readonly<Record<string, number>>
  /** What the scores are; probabilities if the graph ends in a Softmax. */
  readonly scoreKind: ScoreOutput['kind']
}

/**
 * Reads what a model's file says about it, without running it.
 * @throws EngineError MODEL_UNREADABLE, MODEL_TOO_LARGE, EXTERNAL_DATA_UNSUPPORTED
 */
export function describeModel(bytes: Uint8Array, name?: string): ModelSignature {
  const model = readModel(bytes, name)
  return signatureOf(model, graphOf(model))
}

/**
 * Reads the same from the path of a model, whose weights may lie in files beside it.
 * @throws EngineError MODEL_NOT_FOUND, MODEL_UNREADABLE, MODEL_TOO_LARGE, EXTERNAL_DATA_REFUSED
 */
export async function describeModelFile(path: string): Promise<ModelSignature> {
  const { model } = await loadModel(path)
  return signatureOf(model, graphOf(model))
}

/** The signature of a model whose graph is at hand. */
export function signatureOf(model: ParsedModel, graph: Graph): ModelSignature {
  if (graph.outputs.length === 0) {
    throw new EngineError('MODEL_UNREADABLE', 'the graph has no output; export the model again')
  }
  let parameters = 0
  for (const { type, shape } of graph.constants.values()) {
    if (type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16') {
      parameters += shape.reduce((product, size) => product * size, 1)
    }
  }
  return {
    inputs: graph.inputs.map(infoOf),
    outputs: graph.outputs.map(infoOf),
    opset: graph.opset,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    parameters,
    operators: countOperators(graph),
    scoreKind: scoreOutputOf(graph)?.kind ?? 'logits',
  }
}

function infoOf({ name, type, shape }: GraphPort): TensorInfo {
  return { name, type: elementTypeOf(type) ?? 'other', shape: shape ?? [] }
}

function countOperators({ nodes }: Graph): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { op, domain } of nodes) {
    const name = domain === '' ? op : `${domain}:${op}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
