import type { Tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import type { LabelAccess } from '../access.ts'
import { buildMlp } from '../build-mlp.ts'
import { openModel } from '../onnx-model.ts'
import { openPrepared } from './prepared-access.ts'
import type { Preprocessing } from './preprocessing.ts'

const bytes = buildMlp({ inputShape: [4, 3, 3], classes: 3, hidden: [8], seed: 2 })
const steps: Preprocessing = {
  layout: 'nchw-to-nhwc',
  channels: 'rgb-to-bgr',
  resize: { from: [2, 5] },
  scale: 2,
  mean: [0.1, 0.2, 0.3],
  std: [0.5, 1, 2],
}
const batch: Tensor = {
  shape: [3, 3, 2, 5],
  data: Float32Array.from({ length: 90 }, (_, i) => ((i * 37) % 91) / 91),
}
const labels = Int32Array.of(0, 1, 2)
const near = (values: Iterable<number>) => [...values].map((each) => expect.closeTo(each, 5))

test('what stands in front of any access does what it does inside of a graph, gradients included', async () => {
  const inside = await openModel(bytes, { threads: 1, preprocessing: steps })
  const bare = await openModel(bytes, { threads: 1, preprocessing: {} })
  const { model, close } = await openPrepared(bare, steps)
  expect([model.inputShape, model.classes]).toEqual([[3, 2, 5], 3])
  expect([...(await model.scores(batch)).data]).toEqual(near((await inside.scores(batch)).data))
  expect([...(await model.labels(batch))]).toEqual([...(await inside.labels(batch))])
  const wanted = await inside.lossGradient(batch, labels, { loss: 'margin' })
  const found = await model.lossGradient(batch, labels, { loss: 'margin' })
  expect(found.gradient.shape).toEqual(batch.shape)
  expect([...found.gradient.data]).toEqual(near(wanted.gradient.data))
  expect([...found.losses]).toEqual(near(wanted.losses))
  await Promise.all([close(), inside.close(), bare.close()])
})

test('it gives no more than what stands behind it', async () => {
  const asked: Tensor[] = []
  const behind: LabelAccess = {
    inputShape: [2],
    classes: 2,
    labels: async (given) => {
      asked.push(given)
      return new Int32Array(given.shape[0] ?? 0)
    },
  }
  const { model, close } = await openPrepared(behind, { scale: 3 })
  expect(Object.keys(model).sort()).toEqual(['classes', 'inputShape', 'labels'])
  await model.labels({ shape: [1, 2], data: Float32Array.of(1, 2) })
  expect([...asked[0]!.data]).toEqual([3, 6])
  await close()
  const none = await openPrepared(behind, {})
  await none.model.labels({ shape: [1, 2], data: Float32Array.of(1, 2) })
  expect([...asked[1]!.data]).toEqual([1, 2])
  await none.close()
})
