import {
  attribute,
  floatAttribute,
  intAttribute,
  makeAttributes,
  stringAttribute,
} from './attributes.ts'
import { type Constant, floatConstant, intConstant, scalarConstant } from './constant.ts'
import { EngineError, quoted } from './errors.ts'
import { type Graph, type GraphNode, hasSubgraphs, ownName } from './graph.ts'
import { nodeOf, nodeProto } from './graph-file.ts'
import type { GraphProto } from './onnx_pb.ts'

/** Since 7 operators broadcast as they do today. */
const opsetMin = 7
/** From 13 to 17 no operator that we emit or differentiate changed its meaning. */
const opsetRaised = 17

/** Keeps a tensor in the graph and gives its name. */
type Keep = (constant: Constant) => string
type Rewrite = (node: GraphNode, keep: Keep) => readonly GraphNode[]

/**
 * The graph in opset 17, or as it is if it is newer: operators that took numbers as attributes take them as inputs.
 * @throws EngineError OPSET_UNSUPPORTED below opset 7, and below 13 for what is not in the table
 */
export function raiseOpset(graph: Graph): Graph {
  if (graph.opset >= opsetRaised) return graph
  if (graph.opset < opsetMin) throw unsupported(graph, `gradients need ${opsetMin} or newer`)
  const constants = new Map(graph.constants)
  const keep: Keep = (constant) => {
    const name = ownName(`raised_${constants.size}`)
    constants.set(name, constant)
    return name
  }
  const raised = (node: GraphNode): readonly GraphNode[] => {
    if (graph.opset < 13) refuseUnknown(graph, node)
    const row =
      node.domain === '' && Object.hasOwn(rewrites, node.op) ? rewrites[node.op] : undefined
    const isOld = row !== undefined && graph.opset < row.changedIn
    const nodes = isOld ? row.rewrite(node, keep) : [node]
    return hasSubgraphs(node) ? nodes.map((each) => withSubgraphs(each, raised)) : nodes
  }
  return { ...graph, opset: opsetRaised, nodes: graph.nodes.flatMap(raised), constants }
}

/** The node with the nodes of the graphs inside it rewritten; what they need kept stands in the graph around them. */
function withSubgraphs(
  node: GraphNode,
  raised: (node: GraphNode) => readonly GraphNode[],
): GraphNode {
  const inside = (graph: GraphProto): GraphProto => ({
    ...graph,
    node: graph.node.flatMap((each) => raised(nodeOf(each)).map(nodeProto)),
  })
  const attributes = node.attributes.map((each) => ({
    ...each,
    ...(each.g === undefined ? {} : { g: inside(each.g) }),
    graphs: each.graphs.map(inside),
  }))
  return { ...node, attributes }
}

/** Below 13: what changed its meaning in a way that the table does not undo. */
const changedMeaning = new Set(['Hardmax'])

function refuseUnknown(graph: Graph, node: GraphNode): void {
  if (node.domain === '' && changedMeaning.has(node.op)) {
    throw unsupported(graph, `${quoted(node.op)} (node ${quoted(node.name)}) is not raised from it`)
  }
}

function unsupported({ opset }: Graph, why: string): EngineError {
  return new EngineError(
    'OPSET_UNSUPPORTED',
    `the model uses opset ${opset} and ${why}; export it again with opset 17`,
  )
}

/** A list of whole numbers that moved from an attribute to an input. */
function listToInput(name: string): Rewrite {
  return (node, keep) => {
    const values = attribute(node, name)?.ints
    const rest = node.attributes.filter((each) => each.name !== name)
    if (values === undefined) return [node]
    const inputs = [node.inputs[0] ?? '', keep(intConstant(values, [values.length]))]
    return [{ ...node, inputs, attributes: rest }]
  }
}

/** Softmax used to flatten everything from its axis on into one line. */
const flatSoftmax: Rewrite = (node) => {
  const axis = intAttribute(node, 'axis', 1)
  if (axis === -1) return [node]
  const [x = ''] = node.inputs
  const part = (name: string) => ownName(`${name}/${node.outputs[0]}`)
  const plain = { domain: '', attributes: [] }
  const last = makeAttributes({ axis: -1 })
  const [flat, soft, shape] = [part('flat'), part('soft'), part('shape')]
  const start = makeAttributes({ axis })
  return [
    { ...plain, name: flat, op: 'Flatten', inputs: [x], outputs: [flat], attributes: start },
    { ...plain, name: soft, op: node.op, inputs: [flat], outputs: [soft], attributes: last },
    { ...plain, name: shape, op: 'Shape', inputs: [x], outputs: [shape] },
    { ...plain, name: node.name, op: 'Reshape', inputs: [soft, shape], outputs: node.outputs },
  ]
}

const clip: Rewrite = (node, keep) => {
  const bound = (name: string) =>
    attribute(node, name) === undefined
      ? ''
      : keep(scalarConstant(floatAttribute(node, name, 0), 'float32'))
  return [{ ...node, inputs: [node.inputs[0] ?? '', bound('min'), bound('max')], attributes: [] }]
}

const slice: Rewrite = (node, keep) => {
  const list = (name: string) => {
    const values = attribute(node, name)?.ints
    return values === undefined ? '' : keep(intConstant(values, [values.length]))
  }
  const inputs = [node.inputs[0] ?? '', list('starts'), list('ends'), list('axes')]
  return [{ ...node, inputs, attributes: [] }]
}

const pad: Rewrite = (node, keep) => {
  const pads = attribute(node, 'pads')?.ints ?? []
  const stated = floatAttribute(node, 'value', 0)
  const inputs = [node.inputs[0] ?? '', keep(intConstant(pads, [pads.length]))]
  // Without a value the border is 0 in whatever type x has.
  if (stated !== 0) inputs.push(keep(scalarConstant(stated, 'float32')))
  return [{ ...node, inputs, attributes: node.attributes.filter(({ name }) => name === 'mode') }]
}

/** How old networks enlarge: each number looks at the place in x that it came from, rounded down. */
const oldCoordinates = makeAttributes({
  coordinate_transformation_mode: 'asymmetric',
  nearest_mode: 'floor',
})

/** Upsample, and Resize before it knew of regions: (x, scales). */
const oldResize: Rewrite = (node, keep) => {
  const [x = '', stated] = node.inputs
  const list = attribute(node, 'scales')?.floats ?? []
  const scales = stated ?? keep(floatConstant(Float32Array.from(list), [list.length]))
  const mode = node.attributes.filter(({ name }) => name === 'mode')
  // It was also called bilinear.
  const isBlended = stringAttribute(node, 'mode', 'nearest').endsWith('linear')
  const blended = isBlended ? makeAttributes({ mode: 'linear' }) : mode
  const attributes = [...blended, ...oldCoordinates]
  return [{ ...node, op: 'Resize', inputs: [x, '', scales], attributes }]
}

/** The count was an attribute. */
const topK: Rewrite = (node, keep) => {
  const k = attribute(node, 'k')?.i
  if (k === undefined) return [node]
  const attributes = node.attributes.filter(({ name }) => name !== 'k')
  const inputs = [node.inputs[0] ?? '', keep(intConstant([k], [1]))]
  return [{ ...node, inputs, attributes }]
}

interface Row {
  /** The opset from which on the operator has the new form. */
  readonly changedIn: number
  readonly rewrite: Rewrite
}

const rewrites: Readonly<Record<string, Row>> = {
  Squeeze: { changedIn: 13, rewrite: listToInput('axes') },
  Unsqueeze: { changedIn: 13, rewrite: listToInput('axes') },
  ReduceSum: { changedIn: 13, rewrite: listToInput('axes') },
  Split: { changedIn: 13, rewrite: listToInput('split') },
  Softmax: { changedIn: 13, rewrite: flatSoftmax },
  LogSoftmax: { changedIn: 13, rewrite: flatSoftmax },
  Clip: { changedIn: 11, rewrite: clip },
  Pad: { changedIn: 11, rewrite: pad },
  Slice: { changedIn: 10, rewrite: slice },
  Upsample: { changedIn: 10, rewrite: oldResize },
  Resize: { changedIn: 11, rewrite: oldResize },
  TopK: { changedIn: 10, rewrite: topK },
  // Only the name is old.
  Scatter: { changedIn: 17, rewrite: (node) => [{ ...node, op: 'ScatterElements' }] },
  // The ratio became an input; without a third one it drops nothing.
  Dropout: {
    changedIn: 12,
    rewrite: (node, keep) => {
      const ratio = keep(scalarConstant(floatAttribute(node, 'ratio', 0.5), 'float32'))
      const inputs = [node.inputs[0] ?? '', ratio]
      return [{ ...node, inputs, outputs: node.outputs.slice(0, 1), attributes: [] }]
    },
  },
  // The saved statistics are outputs of training only.
  BatchNormalization: {
    changedIn: 14,
    rewrite: (node) => [
      {
        ...node,
        outputs: node.outputs.slice(0, 1),
        attributes: node.attributes.filter(({ name }) => name !== 'spatial'),
      },
    ],
  },
}
