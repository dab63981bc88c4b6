import { floatAttribute, intAttribute } from '../attributes.ts'
import { type Constant, floatConstant, floatsOf } from '../constant.ts'
import { type Graph, type GraphNode, ownName, pruned, readsOf } from '../graph.ts'

/**
 * The same graph with each batch normalisation in inference form, where it alone reads a convolution, put into the
 * convolution's filters and biases: with s = scale / sqrt(variance + epsilon),
 *   s (W * x + b - mean) + B = (s W) * x + (s (b - mean) + B).
 * Exporters mostly do so themselves. Filters and statistics become others, so this is for gradients of the input alone.
 */
export function foldNormalization(graph: Graph): Graph {
  const readers = new Map<string, number>()
  const outputs = graph.outputs.map(({ name }) => name)
  for (const name of [...graph.nodes.flatMap((node) => [...readsOf(node)]), ...outputs]) {
    readers.set(name, (readers.get(name) ?? 0) + 1)
  }
  const convolutions = new Map<string, GraphNode>()
  const constants = new Map(graph.constants)
  const changed = new Map<GraphNode, GraphNode | undefined>()
  for (const node of graph.nodes) {
    const [y = ''] = node.outputs
    if (isOwn(node, 'Conv') && readers.get(y) === 1) convolutions.set(y, node)
    const convolution = isInference(node) ? convolutions.get(node.inputs[0] ?? '') : undefined
    const folded = convolution && foldedInto(graph, convolution, node)
    if (convolution === undefined || folded === undefined) continue
    const names = { filters: ownName(`filters/${y}`), biases: ownName(`biases/${y}`) }
    constants.set(names.filters, folded.filters).set(names.biases, folded.biases)
    const inputs = [convolution.inputs[0] ?? '', names.filters, names.biases]
    changed.set(convolution, undefined)
    changed.set(node, { ...convolution, inputs, outputs: [y] })
  }
  if (changed.size === 0) return graph
  const nodes = graph.nodes.flatMap((node) => {
    const next = changed.has(node) ? changed.get(node) : node
    return next === undefined ? [] : [next]
  })
  return pruned({ ...graph, nodes, constants })
}

/** The convolution's filters and biases with the normalisation in them; `undefined` where they are no constants of fitting sizes. */
function foldedInto(graph: Graph, convolution: GraphNode, node: GraphNode) {
  const filters = floatsIn(graph, convolution.inputs[1])
  const [scale, shift, mean, variance] = node.inputs
    .slice(1, 5)
    .map((name) => floatsIn(graph, name))
  if (filters === undefined || !scale || !shift || !mean || !variance) return undefined
  const count = filters.shape[0] ?? 0
  const given = convolution.inputs[2] ?? ''
  const old = given === '' ? new Float32Array(count) : floatsIn(graph, given)?.data
  const each = [scale.data, shift.data, mean.data, variance.data, old]
  if (count === 0 || each.some((list) => list?.length !== count) || old === undefined) {
    return undefined
  }
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  const data = new Float32Array(filters.data.length)
  const biases = new Float32Array(count)
  const width = data.length / count
  for (let k = 0; k < count; k++) {
    const factor = scale.data[k]! / Math.sqrt(variance.data[k]! + epsilon)
    for (let i = k * width; i < (k + 1) * width; i++) data[i] = filters.data[i]! * factor
    biases[k] = (old[k]! - mean.data[k]!) * factor + shift.data[k]!
  }
  if (!data.every(Number.isFinite) || !biases.every(Number.isFinite)) return undefined
  return { filters: floatConstant(data, filters.shape), biases: floatConstant(biases, [count]) }
}

function floatsIn(
  { constants }: Graph,
  name = '',
): { data: Float32Array; shape: Constant['shape'] } | undefined {
  const constant = constants.get(name)
  if (constant?.type !== 'float32') return undefined
  return { data: floatsOf(constant), shape: constant.shape }
}

function isInference(node: GraphNode): boolean {
  const isPlain = node.outputs.slice(1).every((name) => name === '')
  return (
    isOwn(node, 'BatchNormalization') && isPlain && intAttribute(node, 'training_mode', 0) === 0
  )
}

function isOwn({ op, domain }: GraphNode, name: string): boolean {
  return domain === '' && op === name
}
