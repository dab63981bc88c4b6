import { intAttribute, intsAttribute, makeAttributes } from '../attributes.ts'
import { intConstant } from '../constant.ts'
import type { Facts } from '../gradient/value-facts.ts'
import { type Graph, type GraphNode, ownName } from '../graph.ts'

const pools = new Set(['MaxPool', 'AveragePool', 'LpPool'])

/**
 * The graph with pools in ceil mode as pools whose end is padded, the same graph if there is none: a window begins
 * within the image or its padding, never behind it, which the runtime's kernels know and its shape inference does not, so
 * that it refuses whatever is added behind such a pool in the shape that the pool really has.
 */
export function withoutCeilMode(graph: Graph, facts: Facts): Graph {
  if (!graph.nodes.some((node) => isCeilPool(node))) return graph
  const constants = new Map(graph.constants)
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const pads = isCeilPool(node) ? padsOf(node, facts) : undefined
    if (pads === undefined) return [node]
    if (node.op !== 'AveragePool' || intAttribute(node, 'count_include_pad', 0) === 0) {
      return [padded(node, [...pads.begins, ...pads.ends])]
    }
    // What was padded counts, what is added does not: the one is written into the image, the other is not.
    const [shape, image] = [
      ownName(`pads/${node.outputs[0]}`),
      ownName(`padded/${node.outputs[0]}`),
    ]
    const whole = [0, 0, ...pads.begins, 0, 0, ...pads.statedEnds]
    constants.set(shape, intConstant(whole, [whole.length]))
    const begins = pads.begins.map(() => 0)
    const rest = pads.ends.map((end, axis) => end - pads.statedEnds[axis]!)
    const [x = ''] = node.inputs
    return [
      { name: image, op: 'Pad', domain: '', inputs: [x, shape], outputs: [image], attributes: [] },
      padded({ ...node, inputs: [image] }, [...begins, ...rest], 'count_include_pad'),
    ]
  })
  return { ...graph, nodes, constants }
}

function isCeilPool(node: GraphNode): boolean {
  return node.domain === '' && pools.has(node.op) && intAttribute(node, 'ceil_mode', 0) === 1
}

/** The pads that make up the same windows, if the sizes are known. */
function padsOf(node: GraphNode, facts: Facts) {
  const sizes = spatial(facts, node.inputs[0])
  const outputs = spatial(facts, node.outputs[0])
  const kernel = intsAttribute(node, 'kernel_shape')
  if (sizes === undefined || outputs === undefined || kernel === undefined) return undefined
  const rank = kernel.length
  const stated = intsAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0)
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1)
  const dilations = intsAttribute(node, 'dilations') ?? kernel.map(() => 1)
  const begins = stated.slice(0, rank)
  const statedEnds = stated.slice(rank)
  const ends = kernel.map((size, axis) => {
    const reach = (outputs[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1
    return Math.max(statedEnds[axis]!, reach - sizes[axis]! - begins[axis]!)
  })
  return { begins, statedEnds, ends }
}

function spatial(facts: Facts, value: string | undefined): number[] | undefined {
  const shape = facts.get(value ?? '')?.shape.slice(2)
  const sizes = shape?.filter((size) => typeof size === 'number')
  return sizes?.length === shape?.length ? sizes : undefined
}

/** The node with other pads, rounding down, and without an attribute that was taken care of. */
function padded(node: GraphNode, pads: readonly number[], left = ''): GraphNode {
  const kept = node.attributes.filter(
    ({ name }) => name !== 'pads' && name !== 'ceil_mode' && name !== left,
  )
  return { ...node, attributes: [...kept, ...makeAttributes({ pads })] }
}
