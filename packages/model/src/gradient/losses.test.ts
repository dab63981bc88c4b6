import { seededRandom } from '@merlon/core'
import { expect, test } from 'vitest'
import { openModel } from '../onnx-model.ts'
import { floats, linear, sketchedBytes } from '../test-graphs.test-support.ts'
import { isTargeted, type LossName, losses, targetedLosses } from './losses.ts'

/** z = x W with five classes. */
const [width, classes, rows] = [3, 5, 6]
const random = seededRandom(11)
const weights = Array.from({ length: width * classes }, () => Math.fround(2 * random() - 1))
const x = Float32Array.from({ length: rows * width }, () => 4 * random() - 2)
const labels = Int32Array.from({ length: rows }, (_, i) => i % classes)
const targets = labels.map((label, i) => (label + 1 + (i % 3)) % classes)
const sketch = {
  ...linear,
  inputs: [['x', [-1, width]]],
  outputs: [['y', [-1, classes]]],
  constants: { w: floats([width, classes], ...weights) },
} as const

const logitsOf = (sample: ArrayLike<number>) =>
  Array.from({ length: classes }, (_, k) =>
    Array.from({ length: width }, (__, i) => sample[i]! * weights[i * classes + k]!).reduce(
      (sum, each) => sum + each,
    ),
  )
const most = (values: readonly number[]) => Math.max(...values)

/** The losses as their papers write them. */
const written: Record<LossName, (z: number[], y: number, t: number) => number> = {
  'cross-entropy': (z, y) => Math.log(z.reduce((sum, each) => sum + Math.exp(each), 0)) - z[y]!,
  margin: (z, y) => most(z.filter((_, k) => k !== y)) - z[y]!,
  dlr: (z, y) => {
    const ranked = z.toSorted((a, b) => b - a)
    return (most(z.filter((_, k) => k !== y)) - z[y]!) / (ranked[0]! - ranked[2]!)
  },
  mse: (z, y) => z.reduce((sum, each, k) => sum + (each - Number(k === y)) ** 2, 0) / classes,
  logit: (z, y) => z[y]!,
  'targeted-cross-entropy': (z, _, t) =>
    z[t]! - Math.log(z.reduce((sum, each) => sum + Math.exp(each), 0)),
  'targeted-margin': (z, y, t) => z[t]! - z[y]!,
  'targeted-dlr': (z, y, t) => {
    const ranked = z.toSorted((a, b) => b - a)
    return -(z[y]! - z[t]!) / (ranked[0]! - (ranked[2]! + ranked[3]!) / 2)
  },
}

test.each([...Object.keys(losses), ...Object.keys(targetedLosses)] as LossName[])(
  'the loss %s and its gradient are as written',
  async (loss) => {
    const model = await openModel(sketchedBytes(sketch), { threads: 1 })
    const found = await model.lossGradient({ shape: [rows, width], data: x }, labels, {
      loss,
      ...(isTargeted(loss) ? { targets } : {}),
    })
    await model.close()
    for (let row = 0; row < rows; row++) {
      const sample = Array.from(x.subarray(row * width, (row + 1) * width))
      const at = (i: number, h: number) =>
        written[loss](logitsOf(sample.with(i, sample[i]! + h)), labels[row]!, targets[row]!)
      const value = at(0, 0)
      expect(found.losses[row]! / value).toBeCloseTo(1, 5)
      for (let i = 0; i < width; i++) {
        const slope = (at(i, 1e-6) - at(i, -1e-6)) / 2e-6
        const scale = Math.max(1, Math.abs(slope))
        expect(found.gradient.data[row * width + i]! / scale).toBeCloseTo(slope / scale, 4)
      }
    }
  },
)

test('the Jacobian of a linear model is its weights, class by class as asked', async () => {
  const model = await openModel(sketchedBytes(sketch), { threads: 1 })
  const batch = { shape: [2, width], data: x.slice(0, 2 * width) }
  const { shape, data } = await model.jacobian(batch, [4, 0])
  expect((await model.jacobian(batch)).shape).toEqual([2, classes, width])
  await model.close()
  expect(shape).toEqual([2, 2, width])
  const column = (k: number) => Array.from({ length: width }, (_, i) => weights[i * classes + k]!)
  const rowOfBoth = [...column(4), ...column(0)]
  expect([...data]).toEqual([...rowOfBoth, ...rowOfBoth])
})

test.each([
  [{}, 'SHAPE_MISMATCH', /0 targets for 6 samples/],
  [{ targets: targets.map(() => classes) }, 'LABEL_OUT_OF_RANGE', /target 5 of sample 0/],
])('a targeted loss refuses %o', async (given, code, sentence) => {
  const model = await openModel(sketchedBytes(sketch), { threads: 1 })
  const batch = { shape: [rows, width], data: x }
  const asked = model.lossGradient(batch, labels, { loss: 'targeted-margin', ...given })
  await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) })
  await model.close()
})

test('a loss that compares three classes refuses a model of two', async () => {
  const two = {
    ...sketch,
    outputs: [['y', [-1, 2]]],
    constants: { w: floats([width, 2], ...weights.slice(0, 2 * width)) },
  } as const
  const model = await openModel(sketchedBytes(two), { threads: 1 })
  const batch = { shape: [1, width], data: x.slice(0, width) }
  await expect(model.lossGradient(batch, Int32Array.of(0), { loss: 'dlr' })).rejects.toMatchObject({
    code: 'UNSUPPORTED_SIGNATURE',
  })
  await model.close()
})
