import {
  type Constant,
  floatConstant,
  intConstant,
  readTensor,
  scalarConstant,
} from './constant.ts'
import { EngineError, quoted } from './errors.ts'
import { type Graph, type GraphNode, hasSubgraphs, isOwnName } from './graph.ts'
import { inlineFunctions } from './inline-functions.ts'
import { inOrder } from './node-order.ts'
import type { AttributeProto } from './onnx_pb.ts'
import { raiseOpset } from './raise-opset.ts'

/**
 * The graph in the one form that gradient rules know: opset 17 or newer, nodes in order, functions
 * written out, constants as constants, no Identity.
 * @throws EngineError OPSET_UNSUPPORTED for what is too old; MODEL_UNREADABLE for a damaged constant; MODEL_TOO_LARGE
 * for functions that never end; MODEL_REFUSED if a value has a name that only we give
 */
export function canonical(graph: Graph): Graph {
  refuseOwnNames(graph)
  return withoutIdentity(withConstants(inlineFunctions(raiseOpset(inOrder(graph)))))
}

/** A file that uses our names could stand in for what we emit. */
function refuseOwnNames({ nodes, inputs, constants }: Graph): void {
  const names = [
    ...nodes.flatMap(({ outputs }) => outputs),
    ...inputs.map(({ name }) => name),
    ...constants.keys(),
  ]
  const taken = names.find(isOwnName)
  if (taken === undefined) return
  throw new EngineError(
    'MODEL_REFUSED',
    `the model calls a value ${quoted(taken)}; names with this beginning are ours: rename it to use gradients`,
  )
}

/** The graph with its Constant nodes as constants. @throws EngineError MODEL_UNREADABLE */
export function withConstants(graph: Graph): Graph {
  const constants = new Map(graph.constants)
  const nodes: GraphNode[] = []
  for (const node of graph.nodes) {
    const constant = node.op === 'Constant' && node.domain === '' ? constantOf(node) : undefined
    if (constant === undefined) nodes.push(node)
    else constants.set(node.outputs[0] ?? '', constant)
  }
  return { ...graph, nodes, constants }
}

function constantOf(node: GraphNode): Constant | undefined {
  const [value] = node.attributes
  return value === undefined ? undefined : constantReaders[value.name ?? '']?.(value, node)
}

const constantReaders: Readonly<
  Record<string, (value: AttributeProto, node: GraphNode) => Constant | undefined>
> = {
  value: ({ t }, node) => (t === undefined ? undefined : readTensor(t, node.outputs[0] ?? '')),
  value_float: ({ f }) => scalarConstant(f ?? 0, 'float32'),
  value_floats: ({ floats }) => floatConstant(Float32Array.from(floats), [floats.length]),
  value_int: ({ i }) => intConstant([i ?? 0n], []),
  value_ints: ({ ints }) => intConstant(ints, [ints.length]),
}

/** Exporters leave Identity nodes over initialisers that keep the runtime from loading the graph. */
function withoutIdentity(graph: Graph): Graph {
  if (graph.nodes.some(hasSubgraphs)) return graph
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const renamed = new Map<string, string>()
  const nodes: GraphNode[] = []
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => renamed.get(name) ?? name)
    const [from] = inputs
    const [to] = node.outputs
    const isIdentity = node.op === 'Identity' && node.domain === ''
    if (isIdentity && from !== undefined && to !== undefined && !outputs.has(to)) {
      renamed.set(to, from)
    } else nodes.push({ ...node, inputs })
  }
  return { ...graph, nodes }
}
