import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { float, makeAttributes } from './attributes.ts'
import { canonical } from './canonical.ts'
import type { Graph } from './graph.ts'
import { graphBytes } from './graph-file.ts'
import {
  AttributeProtoSchema,
  type FunctionProto,
  FunctionProtoSchema,
  NodeProtoSchema,
} from './onnx_pb.ts'
import { openModel } from './onnx-model.ts'
import { linear, sketched, sketchedBytes } from './test-graphs.test-support.ts'

interface FunctionSketch {
  readonly name: string
  readonly opset?: number
  readonly node: readonly {
    readonly op: string
    readonly domain?: string
    readonly input: string[]
    readonly output: string[]
    /** Own attribute to that of the call. */
    readonly refers?: Readonly<Record<string, string>>
  }[]
  readonly attributes?: string[]
  readonly defaults?: Readonly<Record<string, number>>
}

/** A function of x that gives y. */
function functionOf({ name, opset = 17, node, attributes = [], defaults = {} }: FunctionSketch) {
  const values = Object.entries(defaults).map(([key, value]) => [key, float(value)] as const)
  return create(FunctionProtoSchema, {
    name,
    domain: 'own',
    input: ['x'],
    output: ['y'],
    attribute: attributes,
    attributeProto: makeAttributes(Object.fromEntries(values)),
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      { domain: 'own', version: 1n },
    ],
    node: node.map(({ op, domain = '', input, output, refers = {} }) =>
      create(NodeProtoSchema, {
        opType: op,
        domain,
        input,
        output,
        attribute: Object.entries(refers).map(([own, ref]) =>
          create(AttributeProtoSchema, { name: own, refAttrName: ref, type: 1 }),
        ),
      }),
    ),
  })
}

/** A linear model behind a call of the function `f`. */
function calling(functions: FunctionProto[], attributes = {}, opset = 17): Graph {
  const graph = sketched({
    ...linear,
    nodes: [
      ['f', ['x'], ['h'], attributes],
      ['MatMul', ['h', 'w'], ['y']],
    ],
    opset,
  })
  const [call, rest] = graph.nodes
  return {
    ...graph,
    domains: new Map([['own', 1]]),
    functions,
    nodes: [{ ...call!, domain: 'own' }, rest!],
  }
}

const leaky = functionOf({
  name: 'leaky',
  attributes: ['slope'],
  node: [
    { op: 'LeakyRelu', input: ['x'], output: ['t'], refers: { alpha: 'slope' } },
    { op: 'Tanh', input: ['t'], output: ['y'] },
  ],
})
const outer = functionOf({
  name: 'f',
  defaults: { slope: 0.5 },
  node: [
    { op: 'leaky', domain: 'own', input: ['x'], output: ['t'], refers: { slope: 'slope' } },
    { op: 'leaky', domain: 'own', input: ['t'], output: ['y'], refers: { slope: 'slope' } },
  ],
})

const batch = { shape: [2, 2], data: new Float32Array([-0.5, 0.25, 0.75, -1]) }
const labels = Int32Array.of(0, 2)

describe('functions of a model are written out', () => {
  test.each([
    [{}, 0.5],
    [{ slope: float(0.25) }, 0.25],
  ])('with the attributes of the call (%j) or their defaults', async (attributes, alpha) => {
    const plain = sketchedBytes({
      ...linear,
      nodes: [
        ['LeakyRelu', ['x'], ['a'], { alpha: float(alpha) }],
        ['Tanh', ['a'], ['b']],
        ['LeakyRelu', ['b'], ['c'], { alpha: float(alpha) }],
        ['Tanh', ['c'], ['d']],
        ['MatMul', ['d', 'w'], ['y']],
      ],
    })
    const graph = calling([leaky, outer], attributes)
    expect(canonical(graph).nodes.map(({ op }) => op)).toEqual([
      'LeakyRelu',
      'Tanh',
      'LeakyRelu',
      'Tanh',
      'MatMul',
    ])
    const [model, wanted] = await Promise.all([openModel(graphBytes(graph)), openModel(plain)])
    const found = await model.lossGradient(batch, labels)
    expect(found).toEqual(await wanted.lossGradient(batch, labels))
    await Promise.all([model.close(), wanted.close()])
  })

  test('also one that hands its input through', () => {
    const through = create(FunctionProtoSchema, {
      name: 'f',
      domain: 'own',
      input: ['x'],
      output: ['x'],
    })
    const { nodes } = canonical(calling([through]))
    expect(nodes.map(({ op, inputs }) => [op, ...inputs])).toEqual([['MatMul', 'x', 'w']])
  })

  test('from an older opset', () => {
    const old = functionOf({
      name: 'f',
      opset: 11,
      node: [{ op: 'Softmax', input: ['x'], output: ['y'] }],
    })
    expect(canonical(calling([old])).nodes.map(({ op }) => op)).toContain('Flatten')
  })

  test('unless the opset is another one in which operators differ', () => {
    const newer = functionOf({
      name: 'f',
      opset: 20,
      node: [{ op: 'Relu', input: ['x'], output: ['y'] }],
    })
    expect(() => canonical(calling([newer]))).toThrow(
      expect.objectContaining({ code: 'OPSET_UNSUPPORTED' }),
    )
  })
})

describe('functions without an end are refused', () => {
  const call = (op: string, input: string, output: string) => ({
    op,
    domain: 'own',
    input: [input],
    output: [output],
  })

  test('when one calls itself', () => {
    const circle = functionOf({ name: 'f', node: [call('f', 'x', 'y')] })
    expect(() => canonical(calling([circle]))).toThrow(
      expect.objectContaining({ code: 'MODEL_TOO_LARGE' }),
    )
  })

  test('when each calls the next many times', () => {
    const width = 20
    const layers = Array.from({ length: 10 }, (_, i) =>
      functionOf({
        name: i === 0 ? 'f' : `f${i}`,
        node: Array.from({ length: width }, (__, k) =>
          call(`f${i + 1}`, k === 0 ? 'x' : `t${k}`, k === width - 1 ? 'y' : `t${k + 1}`),
        ),
      }),
    )
    expect(() => canonical(calling(layers))).toThrow(
      expect.objectContaining({ code: 'MODEL_TOO_LARGE' }),
    )
  })
})
