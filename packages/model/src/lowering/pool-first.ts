import type { Facts, ValueFacts } from '../gradient/value-facts.ts'
import { type Graph, type GraphNode, ownName, readsOf } from '../graph.ts'

/**
 * The same graph with maximum pools in front of the ReLUs that only they read: the maximum of rectified numbers is the
 * rectified maximum, and so are the gradients, while the ReLU and its slope work on the few numbers that a pool leaves.
 */
export function poolFirst<T extends { readonly graph: Graph; readonly facts: Facts }>(whole: T): T {
  const { graph } = whole
  const readers = new Map<string, number>()
  for (const name of [...graph.nodes.flatMap((node) => [...readsOf(node)]), ...outputs(graph)]) {
    readers.set(name, (readers.get(name) ?? 0) + 1)
  }
  const relus = new Map<string, GraphNode>()
  const facts = new Map<string, ValueFacts>(whole.facts)
  const changed = new Map<GraphNode, GraphNode>()
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs
    const [y = ''] = node.outputs
    if (isOwn(node, 'Relu') && readers.get(y) === 1) relus.set(y, node)
    const relu = isOwn(node, 'MaxPool') && node.outputs.length === 1 ? relus.get(x) : undefined
    const shown = facts.get(y)
    if (relu === undefined || shown === undefined) continue
    const pooled = ownName(`pooled/${y}`)
    facts.set(pooled, shown)
    changed.set(relu, { ...node, inputs: relu.inputs, outputs: [pooled] })
    changed.set(node, { ...relu, inputs: [pooled], outputs: [y] })
  }
  if (changed.size === 0) return whole
  const nodes = graph.nodes.map((node) => changed.get(node) ?? node)
  return { ...whole, graph: { ...graph, nodes }, facts }
}

function isOwn({ op, domain }: GraphNode, name: string): boolean {
  return domain === '' && op === name
}

function outputs({ outputs: ports }: Graph): string[] {
  return ports.map(({ name }) => name)
}
