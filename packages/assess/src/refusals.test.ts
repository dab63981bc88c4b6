import { tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { assess } from './assess.ts'
import type { AssessOptions } from './assess-options.ts'
import { samplesInMemory, templateModel } from './template-model.test-support.ts'

const flat = templateModel(
  [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ],
  [4],
)
const image = tensor([1, 1, 2, 2], Float32Array.of(0.1, 0.1, 0.1, 0.1))
const options = (change: Partial<AssessOptions>): AssessOptions => ({
  model: flat,
  modelPath: 'model.onnx',
  modelSha256: 'a'.repeat(64),
  dataset: samplesInMemory(image, [0], 2, [0, 1]),
  attacks: ['fgsm'],
  norm: 'linf',
  epsilon: [0.1],
  seed: 1,
  failOn: 'medium',
  clock: () => 0,
  ...change,
})
const refusal = (change: Partial<AssessOptions>) => assess(options(change)).catch((error) => error)

describe('model and data', () => {
  test('a one-channel image fits a model that takes it flat', async () => {
    const { estimates } = await assess(options({}))
    expect(estimates[0]).toMatchObject({ name: 'clean accuracy', value: 1 })
  })

  test('dimensions of 1 are bridged', async () => {
    const channelsLast = templateModel(
      [
        [0, 0, 0, 0],
        [1, 1, 1, 1],
      ],
      [2, 2, 1],
    )
    expect((await assess(options({ model: channelsLast }))).estimates).toHaveLength(2)
  })

  test('another shape is refused in a sentence that names both', async () => {
    const wide = templateModel([new Array(9).fill(0), new Array(9).fill(1)], [1, 3, 3])
    expect(await refusal({ model: wide })).toMatchObject({
      code: 'MODEL_DATA_MISMATCH',
      message:
        "the model takes samples of [1, 3, 3] but memory holds samples of [1, 2, 2]; pass data of the model's shape",
    })
  })

  test('a colour image is not guessed into another order of its numbers', async () => {
    const colour = samplesInMemory(tensor([1, 3, 2, 2], new Float32Array(12)), [0], 2, [0, 1])
    const twelve = [new Array(12).fill(0), new Array(12).fill(1)]
    for (const shape of [[2, 2, 3], [12]]) {
      const refused = await refusal({ model: templateModel(twelve, shape), dataset: colour })
      expect(refused).toMatchObject({ code: 'MODEL_DATA_MISMATCH' })
    }
  })

  test('more classes than the model knows, and a label beyond them, are refused', async () => {
    const many = samplesInMemory(image, [0], 26, [0, 1])
    expect(await refusal({ dataset: many })).toMatchObject({
      code: 'MODEL_DATA_MISMATCH',
      message: expect.stringContaining('2 classes but memory has 26'),
    })
    const stray = samplesInMemory(image, [2], 2, [0, 1])
    expect(await refusal({ dataset: stray })).toMatchObject({
      code: 'MODEL_DATA_MISMATCH',
      message: expect.stringContaining('sample 0 has label 2 but the model knows 0 to 1'),
    })
  })

  test('no sample is never clean', async () => {
    const none = samplesInMemory(tensor([0, 1, 2, 2], new Float32Array(0)), [], 2, [0, 1])
    expect(await refusal({ dataset: none })).toMatchObject({ code: 'ASSESS_NO_SAMPLES' })
  })
})

describe('options', () => {
  test.each([
    [{ attacks: [] }, 'no attack was named'],
    [{ epsilon: [] }, 'no epsilon was given'],
    [{ epsilon: [0.1, -1] }, 'epsilon is -1'],
    [{ epsilon: [Number.NaN] }, 'epsilon is NaN'],
    [{ epsilon: [8] }, 'epsilon 8 is as wide as the whole input range [0, 1]'],
    [{ samples: 0 }, 'samples is 0'],
    [{ samples: 1.5 }, 'samples is 1.5'],
  ])('%o is refused', async (change, sentence) => {
    expect(await refusal(change)).toMatchObject({
      code: 'ASSESS_OPTION_INVALID',
      message: expect.stringContaining(sentence),
    })
  })

  test('an unknown attack is refused before the model is touched', async () => {
    expect(await refusal({ attacks: ['fgsm', 'pdg'] })).toMatchObject({ code: 'ATTACK_UNKNOWN' })
  })

  test('a wide epsilon is fine in l2 and where there is no range', async () => {
    expect((await assess(options({ norm: 'l2', epsilon: [8] }))).estimates).toHaveLength(2)
    const table = samplesInMemory(tensor([1, 4], new Float32Array(4)), [0], 2, null)
    expect((await assess(options({ dataset: table, epsilon: [8] }))).estimates).toHaveLength(2)
  })

  test('an attack or epsilon named twice is run once', async () => {
    const { estimates } = await assess(options({ attacks: ['fgsm', 'fgsm'], epsilon: [0.1, 0.1] }))
    expect(estimates).toHaveLength(2)
  })
})
