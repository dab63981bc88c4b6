import { expect, test } from 'vitest'
import type { Constant } from './constant.ts'
import { openModel } from './onnx-model.ts'
import { floats, type GraphSketch, sketchedBytes } from './test-graphs.test-support.ts'

const zero: Constant = { type: 'uint8', shape: [], bytes: Uint8Array.of(8) }
const weights = floats([2, 3], 1, 0, -1, 2, 1, 0)

/** z = dequantise(quantise(x)) W, with steps of 0.1 from -0.8 to 24.7. */
const quantised: GraphSketch = {
  inputs: [['x', [-1, 2]]],
  outputs: [['y', [-1, 3]]],
  nodes: [
    ['QuantizeLinear', ['x', 'scale', 'zero'], ['q']],
    ['Reshape', ['q', 'shape'], ['moved']],
    ['DequantizeLinear', ['moved', 'scale', 'zero'], ['d']],
    ['MatMul', ['d', 'w'], ['y']],
  ],
  constants: {
    scale: floats([], 0.1),
    zero,
    w: weights,
    shape: { type: 'int64', shape: [2], bytes: new Uint8Array(BigInt64Array.of(-1n, 2n).buffer) },
  },
}
const batch = { shape: [2, 2], data: Float32Array.of(0.33, 1.27, -3, 0.5) }
const labels = Int32Array.of(0, 2)

test('a model that rounds is refused, a rounding beside the way and behind a reshape included', async () => {
  const beside: GraphSketch = {
    ...quantised,
    nodes: [
      ...quantised.nodes.slice(0, 3),
      ['Add', ['x', 'd'], ['s']],
      ['MatMul', ['s', 'w'], ['y']],
    ],
  }
  for (const sketch of [quantised, beside]) {
    const model = await openModel(sketchedBytes(sketch), { threads: 1 })
    await expect(model.lossGradient(batch, labels)).rejects.toMatchObject({
      code: 'NO_GRADIENT_RULE',
      message: expect.stringContaining("'DequantizeLinear'"),
    })
    await model.close()
  }
})

test('asked to, the gradient goes straight through the rounding but not where x is cut off, and says so', async () => {
  const model = await openModel(sketchedBytes(quantised), { threads: 1, straightThrough: true })
  expect(model.gradientNotes).toEqual([])
  const { gradient } = await model.lossGradient(batch, labels, { loss: 'logit' })
  expect(model.gradientNotes).toEqual([
    { kind: 'straight-through', operator: 'DequantizeLinear', nodes: 1 },
    { kind: 'straight-through', operator: 'QuantizeLinear', nodes: 1 },
  ])
  await model.close()
  // Columns 0 and 2 of W; -3 lies below what the steps reach.
  const wanted = [1, 2, 0, 0]
  for (const [i, value] of wanted.entries()) expect(gradient.data[i]).toBeCloseTo(value, 5)
})

test('scales that differ along an axis or are chosen while it runs are followed', async () => {
  const perAxis: GraphSketch = {
    inputs: [['x', [-1, 2]]],
    outputs: [['y', [-1, 3]]],
    nodes: [
      ['QuantizeLinear', ['x', 'scales', 'zeros'], ['q'], { axis: 1 }],
      ['DequantizeLinear', ['q', 'scales', 'zeros'], ['d'], { axis: 1 }],
      ['DynamicQuantizeLinear', ['d'], ['q2', 's2', 'z2']],
      ['DequantizeLinear', ['q2', 's2', 'z2'], ['d2']],
      ['Round', ['d2'], ['r']],
      ['MatMul', ['r', 'w'], ['y']],
    ],
    constants: {
      scales: floats([2], 0.1, 0.05),
      zeros: { type: 'uint8', shape: [2], bytes: Uint8Array.of(128, 128) },
      w: weights,
    },
  }
  const model = await openModel(sketchedBytes(perAxis), { threads: 1, straightThrough: true })
  const { gradient } = await model.lossGradient(batch, labels, { loss: 'logit' })
  expect(model.gradientNotes.map(({ operator }) => operator)).toContain('DynamicQuantizeLinear')
  await model.close()
  const wanted = [1, 2, -1, 0]
  for (const [i, value] of wanted.entries()) expect(gradient.data[i]).toBeCloseTo(value, 4)
})

test('a model that does not round has no notes', async () => {
  const plain: GraphSketch = {
    ...quantised,
    nodes: [['MatMul', ['x', 'w'], ['y']]],
    constants: { w: weights },
  }
  const model = await openModel(sketchedBytes(plain), { threads: 1, straightThrough: true })
  await model.lossGradient(batch, labels)
  expect(model.gradientNotes).toEqual([])
  await model.close()
})
