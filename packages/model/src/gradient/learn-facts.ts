import { listValues } from '../decompose/lists.ts'
import { type ElementType, elementTypes } from '../element-type.ts'
import { EngineError } from '../errors.ts'
import type { Graph, GraphNode, GraphPort } from '../graph.ts'
import { runtimeFileOf } from '../runtime-file.ts'
import { type NamedTensor, Session, type SessionOptions } from '../session.ts'
import type { Dimension, Facts, ValueFacts } from './value-facts.ts'

/** Types and shapes that one run showed, by value. */
export type Shown = ReadonlyMap<
  string,
  { readonly type: ElementType; readonly shape: readonly number[] }
>

type Feeds = Readonly<Record<string, NamedTensor>>

/**
 * Learns the type and shape of every value by running the graph with two batch sizes and looking: exact for every
 * operator, computed shapes included. A size that differs between the runs changes with the batch, or with the data.
 * @throws EngineError MODEL_REFUSED, RUN_FAILED
 */
export async function learnFacts(
  graph: Graph,
  feedsOf: readonly Feeds[],
  options: SessionOptions,
): Promise<Facts> {
  const shown = await shownBy(graph, feedsOf, options)
  const counted = graph.nodes.filter(({ op, domain }) => op === 'NonZero' && domain === '')
  if (counted.length === 0) return mergeFacts(graph, shown)
  try {
    return mergeFacts(graph, await shownByCounts(graph, counted, feedsOf, shown, options))
  } catch (error) {
    // Where counts depend on each other, made-up ones do not run: what the data showed has to do.
    if (error instanceof EngineError) return mergeFacts(graph, shown)
    throw error
  }
}

/** Two counts that no batch makes, nor a multiple of one. */
const countsShown = [7, 11] as const

/**
 * NonZero gives as many places as the data has (tokens that were sent to an expert). Two runs may show the same count by
 * chance, and then it would be taken for fixed: so the places are fed instead, in other numbers each time.
 */
async function shownByCounts(
  graph: Graph,
  counted: readonly GraphNode[],
  feedsOf: readonly Feeds[],
  shown: readonly Shown[],
  options: SessionOptions,
): Promise<Shown[]> {
  const names = counted.map(({ outputs }) => outputs[0] ?? '')
  const feeds = countsShown.map((count, run) => {
    const places = names.map((name) => {
      const shape = [shown[0]?.get(name)?.shape[0] ?? 1, count]
      return [name, { type: 'int64', shape, data: new BigInt64Array(shape[0]! * count) }] as const
    })
    return { ...(feedsOf[run] ?? feedsOf[0]), ...Object.fromEntries(places) }
  })
  const ports = names.map((name): GraphPort => ({ name, type: int64, shape: [-1, -1] }))
  const nodes = graph.nodes.filter((node) => !counted.includes(node))
  return shownBy({ ...graph, nodes, inputs: [...graph.inputs, ...ports] }, feeds, options)
}

const int64 = 7

/** What a run for each feed shows of every value. */
async function shownBy(
  graph: Graph,
  feedsOf: readonly Feeds[],
  options: SessionOptions,
): Promise<Shown[]> {
  const lists = listValues(graph)
  const values = graph.nodes
    .flatMap(({ outputs }) => outputs)
    .filter((name) => name !== '' && !lists.has(name))
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
    return shown
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
