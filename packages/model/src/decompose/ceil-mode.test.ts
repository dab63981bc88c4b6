import { deriveSeed, seededRandom } from '@merlon/core'
import { expect, test } from 'vitest'
import { makeAttributes } from '../attributes.ts'
import { pick, whole } from '../gradient/cases/draw.test-support.ts'
import { learnFacts } from '../gradient/learn-facts.ts'
import type { Graph } from '../graph.ts'
import { graphBytes } from '../graph-file.ts'
import { type NamedTensor, Session } from '../session.ts'
import { sketched } from '../test-graphs.test-support.ts'
import { withoutCeilMode } from './ceil-mode.ts'

const quiet = { name: 'the pool', threads: 1 }

async function outputOf(graph: Graph, x: NamedTensor): Promise<NamedTensor> {
  const session = await Session.open(graphBytes(graph), quiet)
  const { y } = await session.run({ x })
  await session.close()
  return y!
}

test('a pool that rounds up gives the same numbers as one that is padded', async () => {
  let padded = 0
  for (let i = 0; i < 60; i++) {
    const random = seededRandom(deriveSeed(i, 'ceil'))
    const op = pick(random, ['MaxPool', 'AveragePool', 'AveragePool'])
    const kernel = [whole(random, 1, 4), whole(random, 1, 3)]
    const sizes = kernel.map((size) => size + whole(random, 0, 6))
    const shape = [2, 2, ...sizes]
    const count = shape.reduce((product, size) => product * size, 1)
    const graph = sketched({
      inputs: [['x', shape]],
      outputs: [['y', [], 0]],
      nodes: [[op, ['x'], ['y']]],
    })
    const attributes = makeAttributes({
      kernel_shape: kernel,
      strides: [whole(random, 1, 3), whole(random, 1, 3)],
      pads: [...kernel, ...kernel].map((size) => whole(random, 0, size - 1)),
      ceil_mode: 1,
      count_include_pad: op === 'AveragePool' ? whole(random, 0, 1) : undefined,
    })
    const pool = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, attributes })) }
    const data = Float32Array.from({ length: count }, () => random() - 0.5)
    const x = { type: 'float32', shape, data }
    const fitted = withoutCeilMode(pool, await learnFacts(pool, [{ x }], quiet))
    const [found, wanted] = [await outputOf(fitted, x), await outputOf(pool, x)]
    expect(found.shape).toEqual(wanted.shape)
    for (const [at, value] of Array.from(wanted.data as Float32Array).entries()) {
      expect(Number(found.data[at])).toBeCloseTo(value, 5)
    }
    padded += Number(fitted.nodes.length > 1)
  }
  expect(padded).toBeGreaterThan(5)
})

test('a pool that rounds down is left alone', () => {
  const graph = sketched({
    inputs: [['x', [2, 1, 5]]],
    outputs: [['y', [], 0]],
    nodes: [['MaxPool', ['x'], ['y'], { kernel_shape: [2] }]],
  })
  expect(withoutCeilMode(graph, new Map())).toBe(graph)
})
