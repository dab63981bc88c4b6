import { seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import { describeModel } from './describe-model.ts'
import { limits } from './limits.ts'
import { openModel } from './onnx-model.ts'
import { floats, type GraphSketch, linear, sketchedBytes } from './test-graphs.test-support.ts'

const options = { threads: 1 }
const random = seededRandom(1)

function batchOf(rows: number, ...sample: number[]): Tensor {
  const size = sample.reduce((product, each) => product * each, rows)
  return { shape: [rows, ...sample], data: Float32Array.from({ length: size }, () => random()) }
}

describe('a model', () => {
  test('says what it takes, gives and is made of', async () => {
    const bytes = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 })
    const model = await openModel(bytes, options)
    expect(model.inputShape).toEqual([1, 28, 28])
    expect(model.classes).toBe(10)
    expect(model.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(model.signature).toEqual(describeModel(bytes))
    expect(model.signature).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', shape: [-1, 1, 28, 28] }],
      outputs: [{ name: 'logits', type: 'float32', shape: [-1, 10] }],
      operators: { Conv: 2, Flatten: 1, Gemm: 2, MaxPool: 2, Relu: 3 },
      scoreKind: 'logits',
      opset: 17,
    })
    await model.close()
  })

  test('gives the scores, labels, losses and gradient that a calculation by hand gives', async () => {
    const model = await openModel(sketchedBytes(linear), options)
    const batch: Tensor = { shape: [2, 2], data: new Float32Array([1, 2, 0, -1]) }
    expect([...(await model.scores(batch)).data]).toEqual([5, 2, -1, -2, -1, 0])
    expect([...(await model.labels(batch))]).toEqual([0, 2])
    const { gradient, losses, scores } = await model.lossGradient(batch, new Int32Array([1, 2]))
    const total = Math.exp(5) + Math.exp(2) + Math.exp(-1)
    const p = [5, 2, -1].map((z) => Math.exp(z) / total)
    expect(losses[0]).toBeCloseTo(Math.log(total) - 2, 5)
    expect(gradient.data[0]).toBeCloseTo(p[0]! - p[2]!, 5)
    expect(gradient.data[1]).toBeCloseTo(2 * p[0]! + p[1]! - 1, 5)
    expect([...scores.data]).toEqual([5, 2, -1, -2, -1, 0])
    await model.close()
  })

  test('gives losses that are finite however sure it is', async () => {
    const model = await openModel(sketchedBytes(linear), options)
    const batch: Tensor = { shape: [1, 2], data: new Float32Array([500, 500]) }
    const { losses, gradient } = await model.lossGradient(batch, new Int32Array([2]))
    expect(losses[0]).toBeCloseTo(2000, 3)
    expect([...gradient.data]).toEqual([2, 2])
    await model.close()
  })

  test('answers no label where it gives no number', async () => {
    const model = await openModel(sketchedBytes(linear), options)
    const batch: Tensor = { shape: [2, 2], data: new Float32Array([Number.NaN, 0, 0, 1]) }
    expect([...(await model.labels(batch))]).toEqual([-1, 0])
    await model.close()
  })

  test('that rules a class out still has a loss for the others', async () => {
    const masked: GraphSketch = {
      ...linear,
      nodes: [
        ['MatMul', ['x', 'w'], ['z']],
        ['Add', ['z', 'mask'], ['y']],
      ],
      constants: { ...linear.constants, mask: floats([3], 0, 0, Number.NEGATIVE_INFINITY) },
    }
    const model = await openModel(sketchedBytes(masked), options)
    const batch: Tensor = { shape: [1, 2], data: new Float32Array([0, 0]) }
    const { losses, gradient } = await model.lossGradient(batch, new Int32Array([0]))
    expect(losses[0]).toBeCloseTo(Math.LN2, 6)
    expect([...gradient.data]).toEqual([-0.5, -0.5])
    await model.close()
  })

  test('does not mix samples, however the batch is split', async () => {
    const model = await openModel(
      buildMlp({ inputShape: [3], classes: 4, hidden: [8], seed: 2 }),
      options,
    )
    const rows = limits.gradientChunkRowsMax * 2 + 3
    const batch = batchOf(rows, 3)
    const labels = Int32Array.from({ length: rows }, (_, i) => i % 4)
    const all = await model.lossGradient(batch, labels)
    for (const i of [0, 1, limits.gradientChunkRowsMax, rows - 1]) {
      const sample: Tensor = { shape: [1, 3], data: batch.data.slice(3 * i, 3 * i + 3) }
      const alone = await model.lossGradient(sample, labels.slice(i, i + 1))
      expect(all.losses[i]).toBeCloseTo(alone.losses[0]!, 5)
      for (let k = 0; k < 3; k++) {
        expect(all.gradient.data[3 * i + k]).toBeCloseTo(alone.gradient.data[k]!, 5)
      }
      expect([...(await model.scores(sample)).data]).toEqual([...alone.scores.data])
    }
    await model.close()
  })

  test('answers an empty batch with nothing', async () => {
    const model = await openModel(sketchedBytes(linear), options)
    const none: Tensor = { shape: [0, 2], data: new Float32Array() }
    expect((await model.scores(none)).shape).toEqual([0, 3])
    expect((await model.lossGradient(none, new Int32Array())).gradient.shape).toEqual([0, 2])
    await model.close()
  })

  test('whose file leaves the count of classes open shows it', async () => {
    const open = { ...linear, outputs: [['y', [-1, -1]]] } as const
    const model = await openModel(sketchedBytes(open), options)
    expect(model.classes).toBe(3)
    expect((await model.scores(batchOf(2, 2))).shape).toEqual([2, 3])
    await model.close()
  })

  test('with a fixed batch is asked in runs of that size', async () => {
    const fixed: GraphSketch = { ...linear, inputs: [['x', [2, 2]]], outputs: [['y', [2, 3]]] }
    const [free, model] = await Promise.all([
      openModel(sketchedBytes(linear), options),
      openModel(sketchedBytes(fixed), options),
    ])
    const batch = batchOf(5, 2)
    const labels = new Int32Array([0, 1, 2, 0, 1])
    expect(await model.scores(batch)).toEqual(await free.scores(batch))
    expect(await model.lossGradient(batch, labels)).toEqual(await free.lossGradient(batch, labels))
    await Promise.all([free.close(), model.close()])
  })

  test('that ends in a softmax has its loss taken of what the softmax reads', async () => {
    const withSoftmax = (nodes: GraphSketch['nodes']): GraphSketch => ({
      ...linear,
      nodes: [['MatMul', ['x', 'w'], ['z']], ...nodes],
    })
    const sketches = [
      withSoftmax([['Softmax', ['z'], ['y'], { axis: 1 }]]),
      withSoftmax([
        ['Identity', ['z'], ['same']],
        ['Softmax', ['same'], ['p']],
        ['Identity', ['p'], ['y']],
      ]),
      // Raised from the old form, the Softmax is a Reshape at the end.
      {
        ...withSoftmax([
          ['Identity', ['z'], ['same']],
          ['Softmax', ['same'], ['y'], { axis: 1 }],
        ]),
        opset: 11,
      },
    ]
    const plain = await openModel(sketchedBytes(linear), options)
    const batch: Tensor = { shape: [1, 2], data: new Float32Array([60, 60]) }
    const wanted = await plain.lossGradient(batch, new Int32Array([2]))
    for (const sketch of sketches) {
      const model = await openModel(sketchedBytes(sketch), options)
      expect(model.signature.scoreKind).toBe('probabilities')
      const found = await model.lossGradient(batch, new Int32Array([2]))
      expect(found.gradient).toEqual(wanted.gradient)
      expect(found.losses).toEqual(wanted.losses)
      expect(found.scores.data[0]).toBeCloseTo(1, 5)
      await model.close()
    }
    await plain.close()
  })

  test('loads with constants as nodes and identities over initialisers', async () => {
    const model = await openModel(
      sketchedBytes({
        ...linear,
        nodes: [
          ['Identity', ['w'], ['again']],
          ['Constant', [], ['half'], { value_float: { float: 0.5 } }],
          ['MatMul', ['x', 'again'], ['z']],
          ['Mul', ['z', 'half'], ['y']],
        ],
      }),
      options,
    )
    const { gradient } = await model.lossGradient(
      { shape: [1, 2], data: new Float32Array([100, 100]) },
      new Int32Array([2]),
    )
    expect([...gradient.data]).toEqual([1, 1])
    await model.close()
  })
})
