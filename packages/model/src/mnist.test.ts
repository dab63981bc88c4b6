import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { buildLenet } from './build-lenet.ts'
import { openModel } from './onnx-model.ts'
import { openTrainer } from './trainer.ts'

interface Digits {
  readonly images: Tensor
  readonly labels: Int32Array
}

function readDigits(folder: string, part: 't10k' | 'train', from: number, to: number): Digits {
  const images = gunzipSync(readFileSync(`${folder}/${part}-images-idx3-ubyte.gz`))
  const labels = gunzipSync(readFileSync(`${folder}/${part}-labels-idx1-ubyte.gz`))
  const pixels = images.subarray(16 + from * 784, 16 + to * 784)
  return {
    images: {
      shape: [to - from, 1, 28, 28],
      data: Float32Array.from(pixels, (byte) => byte / 255),
    },
    labels: Int32Array.from(labels.subarray(8 + from, 8 + to)),
  }
}

function accuracy(found: Int32Array, labels: Int32Array): number {
  return found.filter((label, i) => label === labels[i]).length / labels.length
}

describeWith('shared', 'on real digits', (shared) => {
  const folder = `${shared}/data/mnist`

  // ART, torchattacks and foolbox agree on these figures: one signed step of 0.3, clipped to the pixel range.
  test.each([
    ['mnist_std', 200, 0.01],
    ['mnist_adv', 100, 0.87],
  ])(
    '%s keeps %d images under the fast gradient sign as published',
    async (name, count, published) => {
      const { images, labels } = readDigits(folder, 't10k', 0, count)
      const model = await openModel(`${shared}/data/models/${name}.onnx`, { threads: 1 })
      const { gradient } = await model.lossGradient(images, labels)
      const data = images.data.map((pixel, i) => {
        const moved = pixel + 0.3 * Math.sign(gradient.data[i]!)
        return Math.min(1, Math.max(0, moved))
      })
      expect(accuracy(await model.labels({ ...images, data }), labels)).toBeCloseTo(published, 10)
      await model.close()
    },
  )

  test('a built lenet learns to read in two rounds over 3,000 images', async () => {
    const { images, labels } = readDigits(folder, 'train', 0, 3000)
    const bytes = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 })
    const trainer = await openTrainer(bytes, {
      optimizer: { kind: 'adam', learningRate: 0.002 },
      threads: 1,
    })
    for (let round = 0; round < 2; round++) {
      for (let start = 0; start < 3000; start += 60) {
        const data = images.data.subarray(start * 784, (start + 60) * 784)
        await trainer.step({ shape: [60, 1, 28, 28], data }, labels.subarray(start, start + 60))
      }
    }
    const unseen = readDigits(folder, 't10k', 0, 2000)
    const model = await openModel(trainer.export(), { threads: 1 })
    expect(accuracy(await model.labels(unseen.images), unseen.labels)).toBeGreaterThan(0.85)
    await Promise.all([trainer.close(), model.close()])
  })
})
