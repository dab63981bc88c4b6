import { readFileSync } from 'node:fs'
import { seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import {
  clippedGradientSum,
  openClippedGradient,
  perExampleGradientNorms,
} from './clipped-gradient.ts'
import { floatsOf } from './constant.ts'
import { graphOf } from './graph-file.ts'
import { readModel } from './model-file.ts'
import { readNpy } from './npy.test-support.ts'
import { parameterGradients } from './parameter-gradients.ts'
import { floats, type NodeSketch, sketchedBytes, wholes } from './test-graphs.test-support.ts'

/** Single precision, summed in another order. */
const tolerance = 1e-4
const clip = 0.7

/** Each sample as a batch of its own, clipped and summed in double precision. */
async function oneByOne(bytes: Uint8Array, { shape, data }: Tensor, labels: Int32Array) {
  const width = data.length / shape[0]!
  const norms: number[] = []
  const sums = new Map<string, Float64Array>()
  for (let row = 0; row < shape[0]!; row++) {
    const sample = {
      shape: [1, ...shape.slice(1)],
      data: data.slice(row * width, (row + 1) * width),
    }
    const gradients = await parameterGradients(bytes, sample, labels.slice(row, row + 1), {
      threads: 1,
    })
    let square = 0
    for (const each of gradients.values()) for (const value of each.data) square += value * value
    norms.push(Math.sqrt(square))
    const weight = Math.min(1, clip / Math.sqrt(square))
    for (const [name, each] of gradients) {
      const sum = sums.get(name) ?? new Float64Array(each.data.length)
      sums.set(name, sum)
      for (const [i, value] of each.data.entries()) sum[i]! += weight * value
    }
  }
  return { norms, sums }
}

async function expectClipped(bytes: Uint8Array, batch: Tensor, labels: Int32Array): Promise<void> {
  const found = await clippedGradientSum(bytes, batch, labels, { clip, threads: 1 })
  const wanted = await oneByOne(bytes, batch, labels)
  const alone = await perExampleGradientNorms(bytes, batch, labels, { threads: 1 })
  for (const [row, norm] of wanted.norms.entries()) {
    expect(Math.abs(found.norms[row]! - norm) / norm).toBeLessThanOrEqual(tolerance)
    expect(Math.abs(alone[row]! - norm) / norm).toBeLessThanOrEqual(tolerance)
  }
  expect(new Set(wanted.norms.map((norm) => norm.toFixed(6))).size).toBeGreaterThan(1)
  expect(found.clipped).toBe(wanted.norms.filter((norm) => norm > clip).length)
  expect([...found.gradients.keys()].sort()).toEqual([...wanted.sums.keys()].sort())
  for (const [name, sum] of wanted.sums) {
    const most = sum.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-3)
    const { data } = found.gradients.get(name)!
    expect(data.length).toBe(sum.length)
    const worst = data.reduce((top, value, i) => Math.max(top, Math.abs(value - sum[i]!)), 0)
    expect(worst / most, name).toBeLessThanOrEqual(tolerance)
  }
}

function drawn(...shape: number[]): Tensor {
  const random = seededRandom(5)
  const size = shape.reduce((product, each) => product * each, 1)
  return { shape, data: Float32Array.from({ length: size }, () => 2 * random() - 1) }
}

const weights = (seed: number, ...shape: number[]) => {
  const random = seededRandom(seed)
  const size = shape.reduce((product, each) => product * each, 1)
  return floats(shape, ...Array.from({ length: size }, () => random() - 0.5))
}

describe('each sample is clipped by the norm that it has alone', () => {
  test('in a perceptron', async () => {
    const bytes = buildMlp({ inputShape: [6], classes: 3, seed: 2, hidden: [8, 5] })
    await expectClipped(bytes, drawn(5, 6), Int32Array.of(0, 1, 2, 0, 1))
  })

  test('in a convolutional network', async () => {
    const bytes = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 3 })
    await expectClipped(bytes, drawn(4, 1, 28, 28), Int32Array.of(0, 7, 3, 9))
  })

  test.each([2, 9])('in a transformer block of %s places', async (places) => {
    const bytes = sketchedBytes({
      inputs: [['x', [-1, places, 4]]],
      outputs: [['y', [-1, 3]]],
      nodes: [
        ['MatMul', ['x', 'wq'], ['q0']],
        ['Add', ['q0', 'bq'], ['q']],
        ['MatMul', ['x', 'wk'], ['k']],
        ['MatMul', ['x', 'wv'], ['v']],
        ['Transpose', ['k'], ['kt'], { perm: [0, 2, 1] }],
        ['MatMul', ['q', 'kt'], ['scores']],
        ['Softmax', ['scores'], ['shares'], { axis: -1 }],
        ['MatMul', ['shares', 'v'], ['mixed']],
        ['Add', ['x', 'mixed'], ['sum']],
        ['LayerNormalization', ['sum', 'gamma', 'beta'], ['normal']],
        ['ReduceMean', ['normal'], ['pooled'], { axes: [1], keepdims: 0 }],
        ['Gemm', ['pooled', 'wo', 'bo'], ['y'], { transB: 1 }],
      ],
      constants: {
        wq: weights(1, 4, 4),
        bq: weights(2, 4),
        wk: weights(3, 4, 4),
        wv: weights(4, 4, 4),
        gamma: weights(5, 4),
        beta: weights(6, 4),
        wo: weights(7, 3, 4),
        bo: weights(8, 3),
      },
    })
    await expectClipped(bytes, drawn(4, places, 4), Int32Array.of(0, 2, 1, 0))
  })

  test('in a small language model whose words are read in and written out by one matrix', async () => {
    const bytes = sketchedBytes({
      inputs: [['x', [-1, 5], 7]],
      outputs: [['y', [-1, 6]]],
      nodes: [
        ['Gather', ['words', 'x'], ['read']],
        ['Add', ['read', 'places'], ['h']],
        ['RMSNormalization', ['h', 'gain'], ['n'], { axis: -1 }],
        ['ReduceMean', ['n', 'middle'], ['pooled'], { keepdims: 0 }],
        ['Transpose', ['words'], ['turned'], { perm: [1, 0] }],
        ['MatMul', ['pooled', 'turned'], ['y']],
      ],
      constants: {
        words: weights(1, 6, 4),
        places: weights(2, 1, 5, 4),
        gain: weights(3, 4),
        middle: wholes(1),
      },
      opset: 23,
    })
    const tokens = {
      shape: [3, 5],
      data: Float32Array.of(0, 1, 1, 5, 2, 3, 3, 3, 3, 0, 4, 2, 1, 0, 5),
    }
    await expectClipped(bytes, tokens, Int32Array.of(5, 0, 3))
  })

  test.each([
    ['samples', [0, 1, 2]],
    ['places', [1, 0, 2]],
  ])('where rows are flattened by %s', async (_, perm) => {
    const bytes = sketchedBytes({
      inputs: [['x', [-1, 5, 4]]],
      outputs: [['y', [-1, 3]]],
      nodes: [
        ['Transpose', ['x'], ['first'], { perm }],
        ['Reshape', ['first', 'rows4'], ['flat']],
        ['Gemm', ['flat', 'w1', 'b1'], ['g1'], { transB: 1 }],
        ['Gelu', ['g1'], ['a1']],
        ['Reshape', ['a1', 'rows2'], ['pairs']],
        ['Reshape', ['pairs', 'rows6'], ['again']],
        ['MatMul', ['again', 'w2'], ['m2']],
        ['Add', ['b2', 'm2'], ['s2']],
        ['Reshape', ['s2', 'back'], ['apart']],
        ['Transpose', ['apart'], ['last'], { perm }],
        ['Tanh', ['last'], ['t']],
        ['ReduceMean', ['t', 'middle'], ['y'], { keepdims: 0 }],
      ],
      constants: {
        w1: weights(1, 6, 4),
        b1: weights(2, 6),
        w2: weights(3, 6, 3),
        b2: weights(4, 3),
        rows4: wholes(-1, 4),
        rows2: wholes(-1, 5, 6),
        rows6: wholes(-1, 6),
        back: perm[0] === 0 ? wholes(-1, 5, 3) : wholes(5, -1, 3),
        middle: wholes(1),
      },
      opset: 20,
    })
    await expectClipped(bytes, drawn(3, 5, 4), Int32Array.of(0, 2, 1))
  })

  test('with an embedding that is read once', async () => {
    const bytes = sketchedBytes({
      inputs: [['x', [-1, 4], 7]],
      outputs: [['y', [-1, 3]]],
      nodes: [
        ['Gather', ['words', 'x'], ['read']],
        ['Mul', ['read', 'places'], ['h']],
        ['ReduceMean', ['h'], ['pooled'], { axes: [1], keepdims: 0 }],
        ['Gemm', ['pooled', 'w', 'b'], ['y']],
      ],
      constants: {
        words: weights(1, 7, 3),
        places: weights(2, 4, 3),
        w: weights(3, 3, 3),
        b: weights(4, 3),
      },
    })
    const tokens = { shape: [2, 4], data: Float32Array.of(0, 1, 1, -1, 6, 2, 2, 2) }
    await expectClipped(bytes, tokens, Int32Array.of(2, 0))
  })

  test.each([1, 2])(
    'through grouped, strided and transposed convolutions in %s groups',
    async (group) => {
      const bytes = sketchedBytes({
        inputs: [['x', [-1, 4, 7, 6]]],
        outputs: [['y', [-1, 2]]],
        nodes: [
          ['Conv', ['x', 'w1', 'b1'], ['c1'], { group, strides: [2, 1], pads: [1, 1, 0, 2] }],
          ['InstanceNormalization', ['c1', 'g1', 'h1'], ['n1']],
          ['PRelu', ['n1', 'slope'], ['p1']],
          ['Conv', ['p1', 'w2'], ['c2'], { group, dilations: [1, 2] }],
          [
            'ConvTranspose',
            ['c2', 'w3', 'b3'],
            ['c3'],
            { group, strides: [2, 2], pads: [0, 1, 1, 0] },
          ],
          ['BatchNormalization', ['c3', 'g2', 'h2', 'mean', 'variance'], ['n2']],
          ['Sigmoid', ['n2'], ['s2']],
          ['GroupNormalization', ['s2', 'g3', 'h3'], ['n3'], { num_groups: 2 }],
          ['ReduceMax', ['n3', 'spatial'], ['pooled'], { keepdims: 0 }],
          ['Einsum', ['pooled', 'w4'], ['y'], { equation: 'nc,ck->nk' }],
        ],
        constants: {
          w1: weights(1, 6, 4 / group, 3, 3),
          b1: weights(2, 6),
          g1: weights(3, 6),
          h1: weights(4, 6),
          slope: weights(5, 6, 1, 1),
          w2: weights(6, 4, 6 / group, 2, 2),
          w3: weights(7, 4, 6 / group, 3, 2),
          b3: weights(8, 6),
          g2: weights(9, 6),
          h2: weights(10, 6),
          mean: weights(11, 6),
          variance: floats([6], 1, 0.5, 2, 1, 3, 1),
          g3: weights(12, 6),
          h3: weights(13, 6),
          w4: weights(14, 6, 2),
          spatial: wholes(2, 3),
        },
        opset: 21,
      })
      await expectClipped(bytes, drawn(3, 4, 7, 6), Int32Array.of(0, 1, 1))
    },
  )

  test('where one weight is read in two places', async () => {
    const bytes = sketchedBytes({
      inputs: [['x', [-1, 3]]],
      outputs: [['y', [-1, 3]]],
      nodes: [
        ['MatMul', ['x', 'w'], ['h']],
        ['Tanh', ['h'], ['t']],
        ['MatMul', ['t', 'w'], ['y']],
      ],
      constants: { w: weights(9, 3, 3) },
    })
    await expectClipped(bytes, drawn(3, 3), Int32Array.of(0, 2, 1))
  })
})

describe('a clipped gradient', () => {
  const bytes = buildMlp({ inputShape: [6], classes: 3, seed: 2, hidden: [8] })
  const labels = Int32Array.of(0, 1, 2, 0, 1)

  test('of any batch is the sum of those of its parts', async () => {
    const opened = await openClippedGradient(bytes, { threads: 1 })
    const batch = drawn(300, 6)
    const all = Int32Array.from({ length: 300 }, (_, i) => i % 3)
    const whole = await opened.sum(batch, all, { clip })
    const halves = await Promise.all(
      [0, 150].map((start) =>
        opened.sum(
          { shape: [150, 6], data: batch.data.subarray(6 * start, 6 * start + 900) },
          all.subarray(start, start + 150),
          { clip },
        ),
      ),
    )
    for (const [name, { data }] of whole.gradients) {
      const parts = halves.map(({ gradients }) => gradients.get(name)!.data)
      for (const [i, value] of data.entries()) {
        expect(value).toBeCloseTo(parts[0]![i]! + parts[1]![i]!, 3)
      }
    }
    expect(whole.clipped).toBe(halves[0]!.clipped + halves[1]!.clipped)
    await opened.close()
    await expect(opened.sum(batch, all, { clip })).rejects.toMatchObject({ code: 'MODEL_CLOSED' })
  })

  test('is that of the parameters given', async () => {
    const other = buildMlp({ inputShape: [6], classes: 3, seed: 9, hidden: [8] })
    const parameters = new Map(
      [...graphOf(readModel(other)).constants].map(([name, constant]) => [
        name,
        { shape: constant.shape, data: floatsOf(constant) },
      ]),
    )
    const opened = await openClippedGradient(bytes, { threads: 1 })
    const found = await opened.sum(drawn(5, 6), labels, { clip, parameters })
    const wanted = await clippedGradientSum(other, drawn(5, 6), labels, { clip, threads: 1 })
    expect(found).toEqual(wanted)
    const strange = new Map([['fc1.weight', { shape: [1], data: new Float32Array(1) }]])
    await expect(
      opened.sum(drawn(5, 6), labels, { clip, parameters: strange }),
    ).rejects.toMatchObject({ code: 'INPUT_MISMATCH' })
    await opened.close()
  })

  test('of no sample gives no norm', async () => {
    const found = await clippedGradientSum(bytes, drawn(0, 6), new Int32Array(), { clip })
    expect(found.norms).toHaveLength(0)
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to clip at %s', async (bad) => {
    await expect(
      clippedGradientSum(bytes, drawn(5, 6), labels, { clip: bad }),
    ).rejects.toMatchObject({ code: 'INPUT_MISMATCH' })
  })
})

describe('samples that meet in their batch', () => {
  const through = (node: NodeSketch, constants = {}) =>
    sketchedBytes({
      inputs: [['x', [-1, 3]]],
      outputs: [['y', [-1, 3]]],
      nodes: [['MatMul', ['x', 'w'], ['h']], node, ['MatMul', ['n', 'w'], ['y']]],
      constants: { w: weights(9, 3, 3), ...constants },
    })

  test.each([
    [
      'by batch normalisation in training mode',
      through(
        [
          'BatchNormalization',
          ['h', 'ones', 'ones', 'ones', 'ones'],
          ['n', 'm', 'v'],
          { training_mode: 1 },
        ],
        { ones: floats([3], 1, 1, 1) },
      ),
    ],
    ['by a softmax over them', through(['Softmax', ['h'], ['n'], { axis: 0 }])],
  ])('%s are refused, with the way out', async (_, bytes) => {
    const clipping = clippedGradientSum(bytes, drawn(3, 3), Int32Array.of(0, 1, 2), { clip })
    await expect(clipping).rejects.toMatchObject({ code: 'SAMPLES_MIXED' })
    await expect(clipping).rejects.toThrow(/group normalisation/)
  })

  test('are found behind a dropout, too', async () => {
    const bytes = sketchedBytes({
      inputs: [['x', [-1, 3]]],
      outputs: [['y', [-1, 3]]],
      nodes: [
        ['Dropout', ['x', 'half', 'yes'], ['d']],
        ['MatMul', ['d', 'w'], ['h']],
        ['Softmax', ['h'], ['y'], { axis: 0 }],
      ],
      constants: {
        w: weights(9, 3, 3),
        half: floats([], 0.5),
        yes: { type: 'bool', shape: [], bytes: Uint8Array.of(1) },
      },
    })
    await expect(openClippedGradient(bytes)).rejects.toMatchObject({ code: 'SAMPLES_MIXED' })
  })

  test('are told from samples that do not', async () => {
    const bytes = through(['Softmax', ['h'], ['n'], { axis: 1 }])
    await expectClipped(bytes, drawn(3, 3), Int32Array.of(0, 2, 1))
  })
})

describeWith('shared', 'so it is in networks exported by PyTorch', (shared) => {
  const names = ['audio_cnn1d', 'conv3d_net', 'mobilenet_v2_block', 'resnet_basic', 'vit_tiny']
  test.each(names)('%s', async (name) => {
    const folder = `${shared}/reference/gradients/${name}`
    const { shape, data } = readNpy(readFileSync(`${folder}/x.npy`))
    const labels = Int32Array.from<number | bigint>(
      readNpy(readFileSync(`${folder}/labels.npy`)).data,
      Number,
    )
    const batch = { shape, data: Float32Array.from<number | bigint>(data, Number) }
    await expectClipped(readFileSync(`${folder}/model.legacy.onnx`), batch, labels)
  })
})
