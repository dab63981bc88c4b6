import { EngineError } from './errors.ts'
import { type Graph, type GraphNode, readsOf } from './graph.ts'

/**
 * The graph with every node behind those whose values it reads. The specification demands that order of a file, the
 * runtime does not, and a pass that trusted a file out of order would miss a part of the gradient.
 * @throws EngineError MODEL_UNREADABLE for nodes that wait for each other (Kahn 1962)
 */
export function inOrder(graph: Graph): Graph {
  const makers = new Map<string, number>()
  for (const [at, { outputs }] of graph.nodes.entries()) {
    for (const name of outputs) if (name !== '') makers.set(name, at)
  }
  const readers = graph.nodes.map((): number[] => [])
  const waitsFor = graph.nodes.map((node, at) => {
    const needed = new Set([...readsOf(node)].flatMap((name) => makers.get(name) ?? []))
    for (const maker of needed) readers[maker]!.push(at)
    return needed.size
  })
  const ready = graph.nodes.flatMap((_, at) => (waitsFor[at] === 0 ? [at] : []))
  const nodes: GraphNode[] = []
  for (let next = 0; next < ready.length; next++) {
    const at = ready[next]!
    nodes.push(graph.nodes[at]!)
    for (const reader of readers[at]!) if (--waitsFor[reader]! === 0) ready.push(reader)
  }
  if (nodes.length < graph.nodes.length) {
    throw new EngineError(
      'MODEL_UNREADABLE',
      'the nodes of the model wait for each other in a circle; the file is damaged, export it again',
    )
  }
  return { ...graph, nodes }
}
