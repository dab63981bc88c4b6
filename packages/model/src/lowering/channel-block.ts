import { assert } from '@merlon/core'
import { makeAttributes } from '../attributes.ts'
import { floatConstant } from '../constant.ts'
import { elementTypes } from '../element-type.ts'
import { EngineError } from '../errors.ts'
import { learnFacts } from '../gradient/learn-facts.ts'
import type { Graph, GraphNode, GraphPort } from '../graph.ts'
import { runtimeFileOf } from '../runtime-file.ts'
import { type NamedTensor, Session, type SessionOptions } from '../session.ts'
import { blockedDomain } from './blocked-graph.ts'
import { inBlockedLayout } from './blocked-layout.ts'

/** Rounding of single precision in sums of a few hundred products. */
const tolerance = 1e-4

let found: Promise<number | undefined> | undefined

/**
 * How many channels the runtime's blocks hold on this machine; `undefined` where it has no blocked layout, or where a
 * small network comes out differently in it. Looked at once in a process.
 */
export function channelBlock(): Promise<number | undefined> {
  found ??= tested({ name: 'the test of the blocked layout', threads: 1 })
  return found
}

async function tested(options: SessionOptions): Promise<number | undefined> {
  try {
    const block = await shownBlock(options)
    return block > 1 && (await isRight(block, options)) ? block : undefined
  } catch (error) {
    // The layout is no promise of the runtime: where it is refused, plain operators do the same.
    if (error instanceof EngineError) return undefined
    throw error
  }
}

/** Four channels are filled up to a block. */
async function shownBlock(options: SessionOptions): Promise<number> {
  const x = { type: 'float32', shape: [1, 4, 1, 1], data: new Float32Array(4) }
  const reorder = node('ReorderInput', ['x'], 'y', {}, blockedDomain)
  const graph = graphOf([reorder], new Map())
  const { shape } = await run({ ...graph, domains: new Map([[blockedDomain, 1]]) }, x, options)
  return shape[1] ?? 0
}

/** The network with and without blocks, over numbers that repeat in no period of the layout. */
async function isRight(block: number, options: SessionOptions): Promise<boolean> {
  const numbers = (shape: readonly number[], step: number) =>
    Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      (_, i) => ((i * step) % 97) / 97 - 0.5,
    )
  const weights = (
    [
      ['w1', [24, 3, 3, 3], 31],
      ['w2', [40, 24, 2, 3], 37],
      ['b2', [40], 41],
    ] as const
  ).map(([name, shape, step]) => [name, floatConstant(numbers(shape, step), shape)] as const)
  const graph = graphOf(
    [
      node('Conv', ['x', 'w1'], 'conv1', { pads: [1, 1, 1, 1] }),
      node('Relu', ['conv1'], 'relu1'),
      node('MaxPool', ['relu1'], 'pool', { kernel_shape: [2, 2], strides: [2, 2] }),
      node('Conv', ['pool', 'w2', 'b2'], 'conv2', { strides: [1, 2], pads: [0, 1, 1, 1] }),
      node('HardSigmoid', ['conv2'], 'gate'),
      node('Mul', ['gate', 'conv2'], 'y'),
    ],
    new Map(weights),
  )
  const shape = [2, 3, 8, 10]
  const x = { type: 'float32', shape, data: numbers(shape, 29) }
  const facts = await learnFacts(graph, [{ x }], options)
  const [plain, blocked] = [
    await run(graph, x, options),
    await run(inBlockedLayout(graph, facts, block), x, options),
  ]
  const [a, b] = [plain.data, blocked.data]
  assert(a instanceof Float32Array && b instanceof Float32Array, 'the network gives float32')
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) <= tolerance)
}

async function run(graph: Graph, x: NamedTensor, options: SessionOptions): Promise<NamedTensor> {
  const session = await Session.open(runtimeFileOf(graph), { ...options, optimization: 'disabled' })
  try {
    const { y } = await session.run({ x })
    assert(y !== undefined, 'the network gives y')
    return y
  } finally {
    await session.close()
  }
}

function graphOf(nodes: readonly GraphNode[], constants: Graph['constants']): Graph {
  const port = (name: string, shape: GraphPort['shape']) => ({
    name,
    type: elementTypes.float32.code,
    shape,
  })
  return {
    opset: 17,
    irVersion: 8,
    domains: new Map(),
    functions: [],
    inputs: [port('x', [-1, -1, -1, -1])],
    outputs: [port('y', undefined)],
    nodes,
    constants,
    initialisers: new Set(),
  }
}

function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Parameters<typeof makeAttributes>[0] = {},
  domain = '',
): GraphNode {
  return {
    name: output,
    op,
    domain,
    inputs,
    outputs: [output],
    attributes: makeAttributes(attributes),
  }
}
