import { readFileSync } from 'node:fs'
import { seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import { readNpy } from './npy.test-support.ts'
import { parameterGradients } from './parameter-gradients.ts'
import { perExampleGradientNorms } from './per-example-norms.ts'
import { floats, sketchedBytes } from './test-graphs.test-support.ts'

/** Single precision, summed in another order. */
const tolerance = 1e-4

/** The norms that examples have when each is a batch of its own. */
async function oneByOne(bytes: Uint8Array, { shape, data }: Tensor, labels: Int32Array) {
  const width = data.length / shape[0]!
  const norms: number[] = []
  for (let row = 0; row < shape[0]!; row++) {
    const sample = {
      shape: [1, ...shape.slice(1)],
      data: data.slice(row * width, (row + 1) * width),
    }
    const gradients = await parameterGradients(bytes, sample, labels.slice(row, row + 1), {
      threads: 1,
    })
    let sum = 0
    for (const each of gradients.values()) for (const value of each.data) sum += value * value
    norms.push(Math.sqrt(sum))
  }
  return norms
}

async function expectNorms(bytes: Uint8Array, batch: Tensor, labels: Int32Array): Promise<void> {
  const found = await perExampleGradientNorms(bytes, batch, labels, { threads: 1 })
  const wanted = await oneByOne(bytes, batch, labels)
  for (const [row, norm] of wanted.entries()) {
    expect(Math.abs(found[row]! - norm) / norm).toBeLessThanOrEqual(tolerance)
  }
  expect(new Set(wanted.map((norm) => norm.toFixed(6))).size).toBeGreaterThan(1)
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

describe('the norm of each sample is that which it has alone', () => {
  test('in a perceptron', async () => {
    const bytes = buildMlp({ inputShape: [6], classes: 3, seed: 2, hidden: [8, 5] })
    await expectNorms(bytes, drawn(5, 6), Int32Array.of(0, 1, 2, 0, 1))
  })

  test('in a convolutional network', async () => {
    const bytes = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 3 })
    await expectNorms(bytes, drawn(4, 1, 28, 28), Int32Array.of(0, 7, 3, 9))
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
    await expectNorms(bytes, drawn(4, places, 4), Int32Array.of(0, 2, 1, 0))
  })

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
    await expectNorms(bytes, drawn(3, 3), Int32Array.of(0, 2, 1))
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
    await expectNorms(readFileSync(`${folder}/model.legacy.onnx`), batch, labels)
  })
})
