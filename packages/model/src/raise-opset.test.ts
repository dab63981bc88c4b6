import { describe, expect, test } from 'vitest'
import { intConstant } from './constant.ts'
import { graphBytes } from './graph-file.ts'
import { openModel } from './onnx-model.ts'
import { raiseOpset } from './raise-opset.ts'
import { Session } from './session.ts'
import {
  floats,
  type GraphSketch,
  linear,
  type NodeSketch,
  sketched,
  sketchedBytes,
  wholes,
} from './test-graphs.test-support.ts'

const x = {
  type: 'float32',
  shape: [2, 3, 4],
  data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
}

const scales = floats([3], 1, 1, 2.5)
const where = intConstant([3, 1], [1, 1, 2])

async function outputOf(sketch: GraphSketch, isRaised: boolean): Promise<unknown> {
  const graph = isRaised ? raiseOpset(sketched(sketch)) : sketched(sketch)
  const session = await Session.open(graphBytes(graph), { name: 'the graph', threads: 1 })
  const { y } = await session.run({ x })
  await session.close()
  return y
}

describe('a graph of an old opset gives the same in a new one', () => {
  const cases: readonly (readonly [opset: number, node: NodeSketch])[] = [
    [11, ['Unsqueeze', ['x'], ['y'], { axes: [0, 2] }]],
    [9, ['ReduceSum', ['x'], ['y'], { axes: [1], keepdims: 0 }]],
    [7, ['ReduceSum', ['x'], ['y']]],
    [12, ['Softmax', ['x'], ['y']]],
    [12, ['Softmax', ['x'], ['y'], { axis: 2 }]],
    [12, ['Softmax', ['x'], ['y'], { axis: -1 }]],
    [9, ['LogSoftmax', ['x'], ['y'], { axis: 0 }]],
    [9, ['Clip', ['x'], ['y'], { min: { float: -0.5 }, max: { float: 0.25 } }]],
    [9, ['Clip', ['x'], ['y'], { max: { float: 0.25 } }]],
    [9, ['Pad', ['x'], ['y'], { pads: [0, 1, 0, 0, 0, 2], value: { float: 3 } }]],
    [9, ['Slice', ['x'], ['y'], { axes: [1, 2], starts: [1, -3], ends: [3, 1000] }]],
    [7, ['Upsample', ['x'], ['y'], { mode: 'nearest', scales: { floats: [1, 2, 3] } }]],
    [9, ['Upsample', ['x', 'scales'], ['y'], { mode: 'linear' }]],
    [9, ['Upsample', ['x', 'scales'], ['y']]],
    [10, ['Resize', ['x', 'scales'], ['y'], { mode: 'linear' }]],
    [10, ['Resize', ['x', 'scales'], ['y'], { mode: 'nearest' }]],
    [11, ['Resize', ['x', 'none', 'scales'], ['y'], { mode: 'linear' }]],
    [9, ['TopK', ['x'], ['y', 'places'], { k: 2, axis: 1 }]],
    [10, ['TopK', ['x', 'two'], ['y', 'places'], { axis: -1 }]],
    [9, ['Scatter', ['x', 'where', 'what'], ['y'], { axis: 2 }]],
    [9, ['Dropout', ['x'], ['y'], { ratio: { float: 0.5 } }]],
    [9, ['Pad', ['x'], ['y'], { pads: [0, 1, 2, 0, 0, 1], mode: 'reflect' }]],
  ]

  test.each(cases)('opset %d: %j', async (opset, node) => {
    const sketch: GraphSketch = {
      inputs: [['x', [2, 3, 4]]],
      outputs: [['y', []]],
      nodes: [node],
      constants: {
        scales,
        none: floats([0]),
        two: wholes(2),
        where,
        what: floats([1, 1, 2], 5, 6),
      },
      opset,
    }
    const plain = { ...sketch, outputs: [['y', [], 0]] } as const
    expect(await outputOf(plain, true)).toEqual(await outputOf(plain, false))
  })

  test('for a normalisation with saved statistics', async () => {
    const one = floats([3], 1, 2, 3)
    const sketch: GraphSketch = {
      inputs: [['x', [2, 3, 4]]],
      outputs: [['y', [], 0]],
      nodes: [['BatchNormalization', ['x', 'a', 'a', 'a', 'a'], ['y']]],
      constants: { a: one },
      opset: 9,
    }
    expect(await outputOf(sketch, true)).toEqual(await outputOf(sketch, false))
  })
})

test('a classifier of opset 9 that ends in a softmax has the gradient of its logits', async () => {
  const old: GraphSketch = {
    ...linear,
    opset: 9,
    nodes: [
      ['Dropout', ['x'], ['d', 'mask'], { ratio: { float: 0.5 } }],
      ['MatMul', ['d', 'w'], ['z']],
      ['Softmax', ['z'], ['y'], { axis: 1 }],
    ],
  }
  const [model, plain] = await Promise.all([
    openModel(sketchedBytes(old), { threads: 1 }),
    openModel(sketchedBytes(linear), { threads: 1 }),
  ])
  const batch = { shape: [1, 2], data: new Float32Array([60, 60]) }
  const wanted = await plain.lossGradient(batch, new Int32Array([2]))
  const found = await model.lossGradient(batch, new Int32Array([2]))
  expect(found.gradient).toEqual(wanted.gradient)
  expect(found.losses).toEqual(wanted.losses)
  await Promise.all([model.close(), plain.close()])
})

test.each([
  [6, ['Relu', ['x'], ['y']]],
  [10, ['Hardmax', ['x'], ['y']]],
] as const)('opset %d with %j is refused with a code', (opset, node) => {
  const graph = sketched({ inputs: [['x', [2]]], outputs: [['y', [2]]], nodes: [node], opset })
  expect(() => raiseOpset(graph)).toThrow(expect.objectContaining({ code: 'OPSET_UNSUPPORTED' }))
})
