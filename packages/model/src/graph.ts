import type { Constant } from './constant.ts'
import type { AttributeProto, FunctionProto, GraphProto } from './onnx_pb.ts'

/** One operator of a graph. An absent optional input or output is ''. */
export interface GraphNode {
  readonly name: string
  readonly op: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly AttributeProto[]
}

/** A named graph input or output. -1 is a dimension that is free; an unknown rank is `undefined`. */
export interface GraphPort {
  readonly name: string
  readonly type: number
  readonly shape: readonly number[] | undefined
}

/**
 * A computation as plain data: nodes in an order in which they can run, and the tensors that stand in it.
 * Passes make new graphs; the maps and lists of a graph are not changed once it is made.
 */
export interface Graph {
  readonly opset: number
  readonly irVersion: number
  /** Versions of the domains other than ONNX's own. */
  readonly domains: ReadonlyMap<string, number>
  readonly functions: readonly FunctionProto[]
  readonly inputs: readonly GraphPort[]
  readonly outputs: readonly GraphPort[]
  readonly nodes: readonly GraphNode[]
  readonly constants: ReadonlyMap<string, Constant>
  /** The constants that the file keeps as initialisers: the candidates for training. */
  readonly initialisers: ReadonlySet<string>
  /** True if steps of a recurrent layer or loop stand in it one after the other, so that it is very long. */
  readonly isUnrolled?: boolean
}

const ownPrefix = 'merlon:'

/** The name of a value that we add to a graph. No value of a file may be called so. */
export function ownName(name: string): string {
  return `${ownPrefix}${name}`
}

/** True if a name is one that only we give. */
export function isOwnName(name: string): boolean {
  return name.startsWith(ownPrefix)
}

/** Every value that a node reads, the names that its subgraphs take from outside included. */
export function readsOf(node: GraphNode): Set<string> {
  const reads = new Set(node.inputs.filter((name) => name !== ''))
  for (const { g, graphs } of node.attributes) {
    if (g !== undefined) addReads(g, reads)
    for (const graph of graphs) addReads(graph, reads)
  }
  return reads
}

/** True if a node of the graph holds graphs of its own (If, Loop, Scan). */
export function hasSubgraphs(node: GraphNode): boolean {
  return node.attributes.some(({ g, graphs }) => g !== undefined || graphs.length > 0)
}

function addReads(graph: GraphProto, reads: Set<string>): void {
  for (const node of graph.node) {
    for (const input of node.input) reads.add(input)
    for (const { g, graphs } of node.attribute) {
      if (g !== undefined) addReads(g, reads)
      for (const inner of graphs) addReads(inner, reads)
    }
  }
  for (const output of graph.output) reads.add(output.name ?? '')
}

/** The part of a graph that its outputs need: nodes and constants that nothing reads are left out. */
export function pruned(graph: Graph, outputs: readonly GraphPort[] = graph.outputs): Graph {
  const needed = new Set(outputs.map(({ name }) => name))
  const nodes: GraphNode[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue
    nodes.push(node)
    for (const name of readsOf(node)) needed.add(name)
  }
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)))
  return { ...graph, outputs, nodes: nodes.reverse(), constants }
}
