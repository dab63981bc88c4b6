import { expect, test } from 'vitest'
import { describeModel } from './describe-model.ts'
import { inOrder } from './node-order.ts'
import { openModel } from './onnx-model.ts'
import { linear, type NodeSketch, sketched, sketchedBytes } from './test-graphs.test-support.ts'

const forwards: readonly NodeSketch[] = [
  ['Tanh', ['x'], ['a']],
  ['Mul', ['a', 'x'], ['b']],
  ['MatMul', ['b', 'w'], ['y']],
]

test('nodes come behind what they read', () => {
  const { nodes } = inOrder(sketched({ ...linear, nodes: forwards.toReversed() }))
  expect(nodes.map(({ op }) => op)).toEqual(['Tanh', 'Mul', 'MatMul'])
})

test('nodes that wait for each other are refused', () => {
  const circle = sketched({
    ...linear,
    nodes: [
      ['Relu', ['b'], ['a']],
      ['Relu', ['a'], ['b']],
    ],
  })
  expect(() => inOrder(circle)).toThrow(expect.objectContaining({ code: 'MODEL_UNREADABLE' }))
})

test('a file out of order has the whole gradient', async () => {
  const batch = { shape: [2, 2], data: new Float32Array([0.5, -1, 0.25, 2]) }
  const [wanted, found] = await Promise.all(
    [forwards, forwards.toReversed()].map(async (nodes) => {
      const model = await openModel(sketchedBytes({ ...linear, nodes }), { threads: 1 })
      const result = await model.lossGradient(batch, new Int32Array([0, 2]))
      await model.close()
      return result
    }),
  )
  expect(found).toEqual(wanted)
})

test('a circle before the scores does not hold up the reading of a file', () => {
  const nodes: readonly NodeSketch[] = [
    ['Identity', ['y'], ['a']],
    ['Identity', ['a'], ['y']],
  ]
  expect(describeModel(sketchedBytes({ ...linear, nodes })).scoreKind).toBe('logits')
})
