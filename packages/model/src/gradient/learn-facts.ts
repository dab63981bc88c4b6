import { type ElementType, elementTypes } from '../element-type.ts'
import type { Graph, GraphPort } from '../graph.ts'
import { runtimeFileOf } from '../runtime-file.ts'
import { type NamedTensor, Session, type SessionOptions } from '../session.ts'
import type { Dimension, Facts, ValueFacts } from './value-facts.ts'

/** Types and shapes that one run showed, by value. */
export type Shown = ReadonlyMap<
  string,
  { readonly type: ElementType; readonly shape: readonly number[] }
>

/**
 * Learns the type and shape of every value by running the graph with two batch sizes and looking: exact for every
 * operator, computed shapes included. A size that differs between the runs changes with the batch.
 * @throws EngineError MODEL_REFUSED, RUN_FAILED
 */
export async function learnFacts(
  graph: Graph,
  feedsOf: readonly Readonly<Record<string, NamedTensor>>[],
  options: SessionOptions,
): Promise<Facts> {
  const values = graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''))
  const ports = values.map((name): GraphPort => ({ name, type: 0, shape: undefined }))
  const session = await Session.open(runtimeFileOf({ ...graph, outputs: ports }), {
    ...options,
    executionProvider: 'cpu',
    optimization: 'disabled',
  })
  try {
    const shown: Shown[] = []
    for (const feeds of feedsOf) {
      const results = await session.run(feeds)
      const all = [...Object.entries(feeds), ...Object.entries(results)]
      shown.push(
        new Map(all.map(([name, { type, shape }]) => [name, { type: nameOf(type), shape }])),
      )
    }
    return mergeFacts(graph, shown)
  } finally {
    await session.close()
  }
}

/** What several runs agree on: a size that differs becomes a name made of what each run showed. */
export function mergeFacts(graph: Graph, shown: readonly Shown[]): Facts {
  const facts = new Map<string, ValueFacts>()
  for (const [name, { type, shape }] of graph.constants) facts.set(name, { type, shape })
  const [first, ...others] = shown
  for (const [name, { type, shape }] of first ?? []) {
    const dimensions = shape.map((size, axis): Dimension => {
      const sizes = [size, ...others.map((other) => other.get(name)?.shape[axis] ?? size)]
      return sizes.every((each) => each === size) ? size : sizes.join('|')
    })
    facts.set(name, { type, shape: dimensions })
  }
  return facts
}

function nameOf(type: string): ElementType {
  // The runtime's names are the keys of our table.
  return Object.hasOwn(elementTypes, type) ? (type as ElementType) : 'string'
}
