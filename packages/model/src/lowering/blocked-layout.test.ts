import { type Random, seededRandom } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import type { Constant } from '../constant.ts'
import { learnFacts } from '../gradient/learn-facts.ts'
import type { Graph } from '../graph.ts'
import { runtimeFileOf } from '../runtime-file.ts'
import { Session } from '../session.ts'
import { floats, type NodeSketch, sketched } from '../test-graphs.test-support.ts'
import { blockedDomain } from './blocked-graph.ts'
import { inBlockedLayout } from './blocked-layout.ts'
import { channelBlock } from './channel-block.ts'

const options = { name: 'the graph', threads: 1 }
const block = await channelBlock()
/** Single precision, sums of some hundred products of numbers below one. */
const tolerance = 1e-4

function numbers(random: Random, shape: readonly number[]): number[] {
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() - 0.5)
}

/** The graph of some nodes from an image x to y, with random weights of the shapes named. */
function graphOf(
  nodes: readonly NodeSketch[],
  weights: Readonly<Record<string, readonly number[]>>,
  image: readonly number[],
): Graph {
  const random = seededRandom(1)
  const constants: Record<string, Constant> = {}
  for (const [name, shape] of Object.entries(weights)) {
    constants[name] = floats(shape, ...numbers(random, shape))
  }
  constants.scales = floats([4], 1, 1, 2, 2)
  return sketched({ inputs: [['x', [-1, ...image]]], outputs: [['y', [], 0]], nodes, constants })
}

async function outcome(graph: Graph, image: readonly number[], rows: number) {
  const session = await Session.open(runtimeFileOf(graph), options)
  const shape = [rows, ...image]
  const data = Float32Array.from(numbers(seededRandom(2), shape))
  const { y } = await session.run({ x: { type: 'float32', shape, data } })
  await session.close()
  return { shape: y!.shape, data: Array.from(y!.data, Number) }
}

async function inBlocks(graph: Graph, image: readonly number[]): Promise<Graph> {
  const feeds = [2, 3].map((rows) => {
    const shape = [rows, ...image]
    return { x: { type: 'float32', shape, data: Float32Array.from(numbers(() => 0.4, shape)) } }
  })
  return inBlockedLayout(graph, await learnFacts(graph, feeds, options), block)
}

const conv = (x: string, w: string, y: string, attributes: NodeSketch[3] = {}): NodeSketch => [
  'Conv',
  [x, w],
  [y],
  attributes,
]
const same = { pads: [1, 1, 1, 1] }

/** What is computed, and which operators it takes in blocks. */
const cases: Readonly<
  Record<
    string,
    readonly [
      nodes: readonly NodeSketch[],
      weights: Readonly<Record<string, readonly number[]>>,
      image: readonly number[],
      operators: readonly string[],
    ]
  >
> = {
  'a thin image, and counts of filters that fill no block': [
    [
      ['Conv', ['x', 'w', 'bias'], ['c'], { pads: [1, 0, 2, 1], strides: [2, 1] }],
      conv('c', 'v', 'y', { dilations: [1, 2] }),
    ],
    { w: [20, 3, 3, 2], bias: [20], v: [12, 20, 2, 2] },
    [3, 9, 8],
    ['Conv', 'Conv', 'ReorderOutput'],
  ],
  'a residual block with activations, which become part of the convolutions': [
    [
      conv('x', 'a', 'stem', same),
      ['Relu', ['stem'], ['r']],
      conv('r', 'b', 'c', same),
      ['Relu', ['c'], ['d']],
      conv('d', 'e', 'f', same),
      ['Add', ['r', 'f'], ['g']],
      ['Relu', ['g'], ['y']],
    ],
    { a: [16, 1, 3, 3], b: [16, 16, 3, 3], e: [16, 16, 3, 3] },
    [1, 6, 5],
    ['Conv', 'Conv', 'Conv', 'ReorderOutput'],
  ],
  'a value that is read in both layouts': [
    [
      conv('x', 'a', 'c', same),
      ['Relu', ['c'], ['r']],
      ['Exp', ['c'], ['e']],
      ['Mul', ['r', 'e'], ['y']],
    ],
    { a: [16, 4, 3, 3] },
    [4, 6, 5],
    ['Conv', 'ReorderInput', 'ReorderOutput', 'ReorderOutput'],
  ],
  'groups: one channel each, and whole blocks each': [
    [
      conv('x', 'a', 'c', { group: 32, pads: [1, 1, 1, 1] }),
      ['Relu', ['c'], ['r']],
      conv('r', 'b', 'y', { group: 2, strides: [2, 2] }),
    ],
    { a: [32, 1, 3, 3], b: [64, 16, 1, 2] },
    [32, 6, 5],
    ['Conv', 'Conv', 'ReorderInput', 'ReorderOutput'],
  ],
  'pools, gates and places that are repeated': [
    [
      conv('x', 'a', 'c'),
      ['MaxPool', ['c'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['HardSigmoid', ['p'], ['h']],
      ['Mul', ['h', 'p'], ['m']],
      ['AveragePool', ['m'], ['q'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }],
      [
        'Resize',
        ['q', '', 'scales'],
        ['u'],
        { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      ],
      ['Sub', ['c', 'u'], ['y']],
    ],
    { a: [24, 3, 1, 1] },
    [3, 6, 4],
    ['AveragePool', 'Conv', 'MaxPool', 'ReorderOutput', 'Upsample'],
  ],
  'a factor that is no image, after which nothing is in blocks': [
    [conv('x', 'a', 'c'), ['Mul', ['c', 'scale'], ['m']], conv('m', 'b', 'y')],
    { a: [16, 3, 1, 1], scale: [16, 1, 1], b: [16, 16, 1, 1] },
    [3, 4, 4],
    ['Conv', 'Conv', 'ReorderInput', 'ReorderOutput', 'ReorderOutput'],
  ],
}

describe.skipIf(block === undefined)('in blocks the same comes out of', () => {
  for (const [name, [nodes, weights, image, operators]] of Object.entries(cases)) {
    test(name, async () => {
      const plain = graphOf(nodes, weights, image)
      const blocked = await inBlocks(plain, image)
      const taken = blocked.nodes.filter(({ domain }) => domain === blockedDomain)
      expect(taken.map(({ op }) => op).sort()).toEqual(operators)
      for (const rows of [1, 4]) {
        const [a, b] = [await outcome(plain, image, rows), await outcome(blocked, image, rows)]
        expect(b.shape).toEqual(a.shape)
        const differences = a.data.map((value, i) => Math.abs(value - b.data[i]!))
        expect(Math.max(...differences)).toBeLessThan(tolerance)
      }
    })
  }

  test('filters in another order would be noticed', async () => {
    const [nodes, weights, image] = cases['groups: one channel each, and whole blocks each']!
    const plain = graphOf(nodes, weights, image)
    const right = await inBlocks(plain, image)
    const turned = right.nodes.map((node) =>
      node.op === 'Transpose' ? { ...node, op: 'Identity', attributes: [] } : node,
    )
    // Without the turn the filters hold the right count of wrong numbers.
    const [a, b] = [
      await outcome(plain, image, 1),
      await outcome({ ...right, nodes: turned }, image, 1),
    ]
    expect(a.data).not.toEqual(b.data)
  })
})

test('a graph is left as it is where the runtime has no blocks', () => {
  const [nodes, weights, image] = Object.values(cases)[0]!
  const plain = graphOf(nodes, weights, image)
  expect(inBlockedLayout(plain, new Map(), undefined)).toBe(plain)
})
