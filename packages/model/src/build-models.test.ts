import { seededRandom } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import { buildResnet20 } from './build-resnet20.ts'
import { floatsOf } from './constant.ts'
import { describeModel } from './describe-model.ts'
import { graphOf } from './graph-file.ts'
import { readModel } from './model-file.ts'
import { openModel } from './onnx-model.ts'
import { openTrainer } from './trainer.ts'

describe('a built model', () => {
  test('is the same for the same seed and another for another', () => {
    const options = { inputShape: [1, 28, 28], classes: 10 }
    const first = Buffer.from(buildLenet({ ...options, seed: 4 }))
    expect(first.equals(buildLenet({ ...options, seed: 4 }))).toBe(true)
    expect(first.equals(buildLenet({ ...options, seed: 5 }))).toBe(false)
  })

  test('starts with the spread that He et al. give and with zero biases', () => {
    const bytes = buildMlp({ inputShape: [200], classes: 2, hidden: [300], seed: 1 })
    const { constants } = graphOf(readModel(bytes))
    const w = floatsOf(constants.get('fc1.weight')!)
    const variance = w.reduce((sum, value) => sum + value * value, 0) / w.length
    expect(Math.abs(variance / (2 / 200) - 1)).toBeLessThan(0.05)
    expect(floatsOf(constants.get('fc1.bias')!).every((value) => value === 0)).toBe(true)
  })

  test.each([
    [[1, 28, 28], 10],
    [[3, 32, 40], 7],
    [[1, 16, 17], 2],
  ])('takes samples of %j and gives %d scores', async (inputShape, classes) => {
    const model = await openModel(buildLenet({ inputShape, classes, seed: 1 }), { threads: 1 })
    const size = inputShape.reduce((product, each) => product * each, 1)
    const batch = { shape: [2, ...inputShape], data: new Float32Array(2 * size).fill(0.5) }
    expect((await model.scores(batch)).shape).toEqual([2, classes])
    const { gradient } = await model.lossGradient(batch, new Int32Array(2))
    expect(gradient.data.some((value) => value !== 0)).toBe(true)
    await model.close()
  })

  test('of 20 layers has the parameters that He et al. give, and every one of them learns', async () => {
    const bytes = buildResnet20({ inputShape: [3, 32, 32], classes: 10, seed: 1 })
    const { operators, parameters } = describeModel(bytes)
    // 19 convolutions and one dense layer; two shortcuts where the width changes.
    expect(operators).toMatchObject({ Conv: 21, Gemm: 1, Add: 9 })
    // 0.27 million (table 6): by hand, with a bias per channel and without normalisation.
    const conv = (from: number, to: number, kernel = 3) => (from * kernel * kernel + 1) * to
    const stages = 6 * conv(16, 16) + 5 * conv(32, 32) + 5 * conv(64, 64)
    const between = conv(16, 32) + conv(16, 32, 1) + conv(32, 64) + conv(32, 64, 1)
    expect(parameters).toBe(conv(3, 16) + stages + between + 64 * 10 + 10)
    const trainer = await openTrainer(bytes, {
      optimizer: { kind: 'sgd', learningRate: 0.05, momentum: 0.9 },
      threads: 1,
    })
    const random = seededRandom(3)
    const data = Float32Array.from({ length: 8 * 3 * 32 * 32 }, () => random())
    const batch = { shape: [8, 3, 32, 32], data }
    const labels = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7)
    const first = await trainer.step(batch, labels)
    expect(first.loss).toBeCloseTo(Math.log(10), 5)
    let last = first
    for (let i = 0; i < 12; i++) last = await trainer.step(batch, labels)
    expect(last.loss).toBeLessThan(first.loss)
    await trainer.close()
    expect(() => buildResnet20({ inputShape: [3, 4, 4], classes: 10, seed: 1 })).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID' }),
    )
  })

  test('may have no hidden layer', () => {
    const bytes = buildMlp({ inputShape: [4], classes: 3, hidden: [], seed: 1 })
    expect(describeModel(bytes)).toMatchObject({ operators: { Gemm: 1 }, parameters: 15 })
  })

  test.each([
    ['pictures under 16 x 16', () => buildLenet({ inputShape: [1, 12, 12], classes: 10, seed: 1 })],
    [
      'samples that are not pictures',
      () => buildLenet({ inputShape: [784], classes: 10, seed: 1 }),
    ],
    ['a single class', () => buildMlp({ inputShape: [4], classes: 1, hidden: [], seed: 1 })],
    ['a width of zero', () => buildMlp({ inputShape: [4], classes: 2, hidden: [0], seed: 1 })],
    ['an empty shape', () => buildMlp({ inputShape: [], classes: 2, hidden: [], seed: 1 })],
    [
      'more than the memory holds',
      () => buildMlp({ inputShape: [1e6], classes: 2, hidden: [1e6], seed: 1 }),
    ],
  ])('is refused for %s', (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: 'ARCHITECTURE_INVALID' }))
  })
})
