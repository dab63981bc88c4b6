import { seededRandom } from '@merlon/core'
import { sizeOf, type Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { buildLenet } from './build-lenet.ts'
import { EngineError } from './errors.ts'
import { openModel } from './onnx-model.ts'
import { type GraphSketch, linear, sketchedBytes, wholes } from './test-graphs.test-support.ts'

const options = { threads: 1 }
const random = seededRandom(1)

function batchOf(...shape: number[]): Tensor {
  return { shape, data: new Float32Array(sizeOf(shape)) }
}

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
      message: expect.stringMatching(/'Round' \(node 'node_0'\) cannot .* flat .* scores/),
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
          ['Hardmax', ['x'], ['u']],
          ['MatMul', ['u', 'w'], ['y']],
        ],
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
})
