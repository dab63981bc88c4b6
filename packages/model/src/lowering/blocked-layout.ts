import type { Facts } from '../gradient/value-facts.ts'
import type { Graph } from '../graph.ts'
import { BlockedGraph } from './blocked-graph.ts'
import { blockedRules } from './blocked-rules.ts'

/**
 * The same graph with its convolutions, and what lies between them, in the runtime's blocked layout (NCHWc, Georganas et
 * al. 2018, section II). The runtime does that by itself for filters that stand in the graph and for a few operators;
 * here filters may be learnt and what a gradient needs between convolutions stays in blocks too. Without a block the
 * graph is left as it is.
 */
export function inBlockedLayout(graph: Graph, facts: Facts, block: number | undefined): Graph {
  if (block === undefined) return graph
  const b = new BlockedGraph(graph, facts, block)
  for (const node of graph.nodes) {
    const rule =
      node.domain === '' && Object.hasOwn(blockedRules, node.op) ? blockedRules[node.op] : undefined
    const blocked = rule?.(b, node)
    if (blocked === undefined) b.keep(node)
    else b.give(node.outputs[0] ?? '', blocked)
  }
  return b.finish()
}
