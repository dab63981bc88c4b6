import { withConstants } from '../canonical.ts'
import { elementTypes } from '../element-type.ts'
import { EngineError } from '../errors.ts'
import type { Facts } from '../gradient/value-facts.ts'
import { type Graph, type GraphNode, hasSubgraphs } from '../graph.ts'
import { limits } from '../limits.ts'
import { attentionDecompositions } from './attention.ts'
import { controlFlowDecompositions } from './control-flow.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { fourierDecompositions } from './fourier.ts'
import { fusedDecompositions } from './fused.ts'
import { geometryDecompositions } from './geometry.ts'
import { gridDecompositions } from './grid-sample.ts'
import { recurrentDecompositions } from './recurrent.ts'
import { Rewriter } from './rewriter.ts'
import { rotaryDecompositions } from './rotary.ts'
import { standardAttentionDecompositions } from './standard-attention.ts'

/** Operators that are written in plain ones before gradients are derived; other domains as `domain:Op`. */
export const decompositions: Decompositions = {
  ...recurrentDecompositions,
  ...fusedDecompositions,
  ...attentionDecompositions,
  ...standardAttentionDecompositions,
  ...controlFlowDecompositions,
  ...gridDecompositions,
  ...geometryDecompositions,
  ...fourierDecompositions,
  ...rotaryDecompositions,
}

/**
 * The graph with every operator of the table written in plain ones; the same graph if there is none.
 * @throws EngineError NO_GRADIENT_RULE for a use of an operator that cannot be written so
 */
export function decomposed(graph: Graph, facts: Facts): Graph {
  if (!graph.nodes.some((node) => decompositionOf(node, facts) !== undefined)) return graph
  const constants = new Map(graph.constants)
  const nodes: GraphNode[] = []
  let isUnrolled = graph.isUnrolled ?? false
  for (const node of graph.nodes) {
    const decomposition = decompositionOf(node, facts)
    if (decomposition === undefined) nodes.push(node)
    else {
      const r = new Rewriter(graph, facts, node)
      const values = decomposition(r, node)
      if (r.nodes.length > limits.plannedNodesMax) isUnrolled = true
      for (const plain of renamed(r, node, values)) nodes.push(plain)
      for (const [name, constant] of r.constants) constants.set(name, constant)
    }
    if (nodes.length > limits.graphNodesMax) {
      throw new EngineError(
        'NO_GRADIENT_RULE',
        `written in plain operators the model has more than ${limits.graphNodesMax} nodes; attack it by its scores or labels instead`,
      )
    }
  }
  return withConstants({ ...graph, nodes, constants, isUnrolled })
}

/** What gives no floats has no gradient and stays as it is; of a list nothing is known. */
function decompositionOf(node: GraphNode, facts: Facts): Decomposition | undefined {
  const key = node.domain === '' ? node.op : `${node.domain}:${node.op}`
  const givesFloats = node.outputs.some((name) => {
    const type = facts.get(name)?.type
    return name !== '' && (type === undefined || elementTypes[type].isFloat)
  })
  return givesFloats && Object.hasOwn(decompositions, key) ? decompositions[key] : undefined
}

/** The new nodes, which make their values under the names that the rest of the graph reads. */
function renamed(
  { nodes }: Rewriter,
  { outputs }: GraphNode,
  values: readonly (string | undefined)[],
): GraphNode[] {
  // Graphs within graphs read names that stay as they are.
  const free = nodes.some(hasSubgraphs) ? [] : nodes
  const made = new Set(free.flatMap((node) => node.outputs))
  const names = new Map<string, string>()
  const copies: GraphNode[] = []
  for (const [index, name] of outputs.entries()) {
    const value = values[index]
    if (name === '' || value === undefined) continue
    if (made.has(value) && !names.has(value)) names.set(value, name)
    else copies.push(copyOf(names.get(value) ?? value, name))
  }
  const nameOf = (name: string) => names.get(name) ?? name
  const own = nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(nameOf),
    outputs: node.outputs.map(nameOf),
  }))
  return [...own, ...copies]
}

function copyOf(from: string, to: string): GraphNode {
  return { name: to, op: 'Identity', domain: '', inputs: [from], outputs: [to], attributes: [] }
}
