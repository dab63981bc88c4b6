import { describe, expect, test } from 'vitest'
import { numbersOf } from './constant.ts'
import { foldShapes } from './fold-shapes.ts'
import { learnFacts } from './gradient/learn-facts.ts'
import { type Graph, pruned } from './graph.ts'
import { floats, type NodeSketch, sketched, wholes } from './test-graphs.test-support.ts'

const int64 = 7
const constants = {
  zero: wholes(0),
  one: wholes(1),
  two: wholes(2),
  three: wholes(3),
  four: wholes(4),
  minus: wholes(-1),
  pair: wholes(2, -1),
  rate: floats([1], 2),
}

async function folded(nodes: readonly NodeSketch[], output = 'y'): Promise<Graph> {
  const sketch = sketched({
    inputs: [['x', [-1, 3, 8]]],
    outputs: [[output, [], 0]],
    nodes,
    constants,
  })
  const feeds = [2, 3].map((rows) => ({
    x: { type: 'float32', shape: [rows, 3, 8], data: new Float32Array(rows * 24) },
  }))
  const facts = await learnFacts(sketch, feeds, { name: 'the graph', threads: 1 })
  return foldShapes(sketch, facts)
}

async function numbersAt(nodes: readonly NodeSketch[]): Promise<number[] | undefined> {
  const constant = (await folded(nodes)).constants.get('y')
  return constant && numbersOf(constant)
}

const shape: NodeSketch = ['Shape', ['x'], ['s']]

describe('arithmetic on shapes becomes a constant', () => {
  test.each<[string, readonly NodeSketch[], number[]]>([
    ['a size that is fixed', [shape, ['Gather', ['s', 'minus'], ['y']]], [8]],
    ['a part of the shape', [['Shape', ['x'], ['y'], { start: 1 }]], [3, 8]],
    ['a slice of it', [shape, ['Slice', ['s', 'one', 'three'], ['y']]], [3, 8]],
    [
      'a slice backwards',
      [shape, ['Slice', ['s', 'minus', 'zero', 'zero', 'minus'], ['y']]],
      [8, 3],
    ],
    [
      'a list without the batch',
      [shape, ['Gather', ['s', 'pair'], ['g']], ['Concat', ['g', 'four'], ['y'], { axis: 0 }]],
      [8, 8, 4],
    ],
    [
      'sums, products and quotients, rounded towards zero',
      [
        shape,
        ['Gather', ['s', 'two'], ['n']],
        ['Neg', ['n'], ['m']],
        ['Div', ['m', 'three'], ['d']],
        ['Mod', ['m', 'three'], ['r']],
        ['Concat', ['d', 'r'], ['y'], { axis: 0 }],
      ],
      [-2, 1],
    ],
    [
      'a choice',
      [
        shape,
        ['Gather', ['s', 'one'], ['n']],
        ['Equal', ['n', 'three'], ['is']],
        ['Where', ['is', 'four', 'n'], ['y']],
      ],
      [4],
    ],
    [
      'a way over floats',
      [
        shape,
        ['Gather', ['s', 'two'], ['n']],
        ['Cast', ['n'], ['f'], { to: 1 }],
        ['Sqrt', ['f'], ['q']],
        ['Floor', ['q'], ['r']],
        ['Cast', ['r'], ['y'], { to: int64 }],
      ],
      [2],
    ],
    [
      'a range',
      [
        shape,
        ['Gather', ['s', 'one'], ['n']],
        ['Squeeze', ['n'], ['l']],
        ['Squeeze', ['zero'], ['a']],
        ['Squeeze', ['one'], ['b']],
        ['Range', ['a', 'l', 'b'], ['y']],
      ],
      [0, 1, 2],
    ],
  ])('%s', async (_, nodes, wanted) => {
    expect(await numbersAt(nodes)).toEqual(wanted)
  })
})

describe('what changes with the batch stays', () => {
  test.each<[string, readonly NodeSketch[]]>([
    ['the whole shape', [['Shape', ['x'], ['y']]]],
    ['the count of rows', [shape, ['Gather', ['s', 'zero'], ['y']]]],
    // Two and three rows give the same here; four do not.
    ['half of the rows', [shape, ['Gather', ['s', 'zero'], ['n']], ['Div', ['n', 'two'], ['y']]]],
    ['the count of numbers', [['Size', ['x'], ['y']]]],
    ['what comes from a float that may be learnt', [['Cast', ['rate'], ['y'], { to: int64 }]]],
  ])('%s', async (_, nodes) => {
    expect(await numbersAt(nodes)).toBeUndefined()
  })
})

test('nodes whose outputs are known are gone, and floats stay as they are', async () => {
  const graph = await folded([
    shape,
    ['Slice', ['s', 'one', 'three'], ['tail']],
    ['Concat', ['minus', 'tail'], ['to'], { axis: 0 }],
    ['Reshape', ['x', 'to'], ['y']],
  ])
  expect(graph.nodes.map(({ op }) => op)).toEqual(['Reshape'])
  expect(pruned(graph)).toEqual(graph)
})
