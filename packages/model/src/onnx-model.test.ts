import { seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import { describeModel } from './describe-model.ts'
import { EngineError } from './errors.ts'
import { limits } from './limits.ts'
import { openModel } from './onnx-model.ts'
import {
  floats,
  type GraphSketch,
  linear,
  sketchedBytes,
  wholes,
} from './test-graphs.test-support.ts'

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

describe('a model is refused with a code', () => {
  test('when there is no such file', async () => {
    await expect(openModel('/no/such/model.onnx')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    })
  })

  test('when the runtime does not know an operator', async () => {
    const bytes = sketchedBytes({ ...linear, nodes: [['Frobnicate', ['x'], ['y']]] })
    await expect(openModel(bytes, options)).rejects.toMatchObject({ code: 'MODEL_REFUSED' })
  })

  test('when a batch or its labels do not fit', async () => {
    const model = await openModel(sketchedBytes(linear), options)
    await expect(model.scores(batchOf(1, 3))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
    const one = batchOf(1, 2)
    for (const label of [-1, 3]) {
      await expect(model.lossGradient(one, new Int32Array([label]))).rejects.toMatchObject({
        code: 'LABEL_OUT_OF_RANGE',
      })
    }
    await expect(model.lossGradient(one, new Int32Array(2))).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    })
    await model.close()
  })

  test('when it was closed', async () => {
    const model = await openModel(sketchedBytes(linear), options)
    await model.close()
    await model.close()
    await expect(model.scores(batchOf(1, 2))).rejects.toMatchObject({ code: 'MODEL_CLOSED' })
    await expect(model.lossGradient(batchOf(1, 2), new Int32Array(1))).rejects.toMatchObject({
      code: 'MODEL_CLOSED',
    })
  })

  test.each<readonly [string, GraphSketch, string]>([
    [
      'takes whole numbers',
      {
        ...linear,
        inputs: [['x', [-1, 2], 7]],
        nodes: [
          ['Cast', ['x'], ['f'], { to: 1 }],
          ['MatMul', ['f', 'w'], ['y']],
        ],
      },
      'takes int64',
    ],
    [
      'takes two inputs',
      {
        ...linear,
        inputs: [
          ['x', [-1, 2]],
          ['b', [1, 3]],
        ],
        nodes: [
          ['MatMul', ['x', 'w'], ['z']],
          ['Add', ['z', 'b'], ['y']],
        ],
      },
      'takes 2 inputs',
    ],
    [
      'gives more classes than its file lets one see',
      {
        ...linear,
        outputs: [['y', [-1, -1]]],
        nodes: [
          ['MatMul', ['x', 'w'], ['z']],
          ['Tile', ['z', 'often'], ['y']],
        ],
        constants: { ...linear.constants, often: wholes(1, 400_000) },
      },
      'has 1200000 classes, more than 1000000',
    ],
    [
      'fixes a batch that fills the memory',
      { ...linear, inputs: [['x', [2 ** 40, 2]]] },
      'export it with a free batch size',
    ],
    ['leaves the sample open', { ...linear, inputs: [['x', [-1, -1]]] }, 'open ([?])'],
    [
      'gives no scores',
      {
        ...linear,
        outputs: [['y', [-1, 1, 3]]],
        nodes: [
          ['MatMul', ['x', 'w'], ['z']],
          ['Unsqueeze', ['z', 'one'], ['y']],
        ],
        constants: { ...linear.constants, one: wholes(1) },
      },
      'no float32 output',
    ],
  ])('when it is asked for scores but %s', async (_, sketch, text) => {
    const model = await openModel(sketchedBytes(sketch), options)
    await expect(model.scores(batchOf(1, 2))).rejects.toMatchObject({
      code: 'UNSUPPORTED_SIGNATURE',
      message: expect.stringContaining(text),
    })
    await model.close()
  })
})

test('a model with changed bytes opens or is refused with a code, and the runtime survives', async () => {
  const lenet = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 })
  const codes = new Set<string>()
  for (let run = 0; run < 200; run++) {
    const bytes = lenet.slice()
    for (let change = 0; change < 2; change++) {
      bytes[Math.floor(random() * 900)] = Math.floor(random() * 256)
    }
    try {
      await (await openModel(bytes, options)).close()
      codes.add('opened')
    } catch (error) {
      codes.add(error instanceof EngineError ? error.code : String(error))
    }
  }
  expect([...codes].sort()).toEqual(['MODEL_REFUSED', 'MODEL_UNREADABLE', 'opened'])
})

describe('a gradient is refused with a code', () => {
  const lossGradient = async (sketch: GraphSketch) => {
    const model = await openModel(sketchedBytes(sketch), options)
    try {
      return await model.lossGradient(batchOf(1, 2), new Int32Array(1))
    } finally {
      await model.close()
    }
  }

  test('when an operator on the way has no rule, which is named with its node', async () => {
    const sketch: GraphSketch = {
      ...linear,
      nodes: [
        ['Round', ['x'], ['r']],
        ['MatMul', ['r', 'w'], ['y']],
      ],
    }
    await expect(lossGradient(sketch)).rejects.toMatchObject({
      code: 'NO_GRADIENT_RULE',
      message: expect.stringMatching(/'Round' \(node 'node_0'\) has no gradient rule; .* scores/),
    })
  })

  test('but not when the operator is beside the way', async () => {
    const sketch: GraphSketch = {
      ...linear,
      nodes: [
        ['Round', ['w'], ['r']],
        ['MatMul', ['x', 'r'], ['y']],
      ],
    }
    expect((await lossGradient(sketch)).gradient.shape).toEqual([1, 2])
  })

  test('when every way goes through whole numbers', async () => {
    const sketch: GraphSketch = {
      ...linear,
      nodes: [
        ['Cast', ['x'], ['whole'], { to: 7 }],
        ['Cast', ['whole'], ['f'], { to: 1 }],
        ['MatMul', ['f', 'w'], ['y']],
      ],
    }
    await expect(lossGradient(sketch)).rejects.toMatchObject({ code: 'NO_GRADIENT_PATH' })
  })

  test('when the opset is too old', async () => {
    await expect(
      lossGradient({
        ...linear,
        nodes: [
          ['Upsample', ['x', 's'], ['u']],
          ['MatMul', ['u', 'w'], ['y']],
        ],
        constants: { ...linear.constants, s: floats([2], 1, 1) },
        opset: 9,
      }),
    ).rejects.toMatchObject({
      code: 'OPSET_UNSUPPORTED',
    })
  })

  test('when a value has a name that only we give', async () => {
    const sketch: GraphSketch = {
      ...linear,
      nodes: [
        ['Relu', ['x'], ['merlon:labels']],
        ['MatMul', ['merlon:labels', 'w'], ['y']],
      ],
    }
    await expect(lossGradient(sketch)).rejects.toMatchObject({ code: 'MODEL_REFUSED' })
  })

  test('when a dropout is in training mode', async () => {
    const sketch: GraphSketch = {
      ...linear,
      nodes: [
        ['Dropout', ['x', '', 'on'], ['d']],
        ['MatMul', ['d', 'w'], ['y']],
      ],
      constants: {
        ...linear.constants,
        on: { type: 'bool', shape: [], bytes: new Uint8Array([1]) },
      },
    }
    await expect(lossGradient(sketch)).rejects.toMatchObject({ code: 'NO_GRADIENT_RULE' })
  })
})
