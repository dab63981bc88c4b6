import { expect, test } from 'vitest'
import { learnFacts } from '../gradient/learn-facts.ts'
import { runtimeFileOf } from '../runtime-file.ts'
import { Session } from '../session.ts'
import { type NodeSketch, sketched } from '../test-graphs.test-support.ts'
import { poolFirst } from './pool-first.ts'

const options = { name: 'the graph', threads: 1 }
const shape = [1, 2, 5, 4]
// Whole windows below zero, ties at zero and above it.
const data = Float32Array.from({ length: 40 }, (_, i) => ((i * 7) % 5) - 3)

async function changed(nodes: readonly NodeSketch[], outputs: readonly string[]) {
  const graph = sketched({
    inputs: [['x', [-1, 2, 5, 4]]],
    outputs: outputs.map((name) => [name, [], 0]),
    nodes,
  })
  const facts = await learnFacts(graph, [{ x: { type: 'float32', shape, data } }], options)
  return { before: graph, after: poolFirst({ graph, facts }) }
}

const relu: NodeSketch = ['Relu', ['x'], ['r']]
const pool: NodeSketch = [
  'MaxPool',
  ['r'],
  ['y'],
  { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] },
]

test('a pool that alone reads a ReLU comes first, and the outcome is the same', async () => {
  const { before, after } = await changed([relu, pool], ['y'])
  expect(after.graph.nodes.map(({ op }) => op)).toEqual(['MaxPool', 'Relu'])
  expect(after.facts.get(after.graph.nodes[0]!.outputs[0]!)).toEqual(after.facts.get('y'))
  const outcomes = []
  for (const graph of [before, after.graph]) {
    const session = await Session.open(runtimeFileOf(graph), options)
    outcomes.push((await session.run({ x: { type: 'float32', shape, data } })).y!.data)
    await session.close()
  }
  expect(outcomes[1]).toEqual(outcomes[0])
})

test('a ReLU that something else reads, or that is asked for, stays where it is', async () => {
  const other: NodeSketch = ['Neg', ['r'], ['n']]
  for (const [nodes, outputs] of [
    [
      [relu, pool, other],
      ['y', 'n'],
    ],
    [
      [relu, pool],
      ['y', 'r'],
    ],
  ] as const) {
    const { before, after } = await changed(nodes, outputs)
    expect(after.graph).toBe(before)
  }
})
