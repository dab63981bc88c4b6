import { seededRandom } from '@merlon/core'
import { openModel } from '@merlon/model'
import { distance, tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { beatsRandomNoise, readDigits } from '../real-digits.test-support.ts'
import { deepfool } from './deepfool.ts'

attackContract('deepfool', 'l2')
attackContract('deepfool', 'linf')

// Between class 0 at the origin and its rivals lie the planes x = 2, y = 1 and x + y = 4.
const three = linearModel(
  [
    [0, 0],
    [1, 0],
    [0, 3],
    [1, 1],
  ],
  [0, -2, -3, -4],
)
const origin = tensor([1, 2], Float32Array.of(0, 0))
const settings = { epsilon: Number.POSITIVE_INFINITY, range: null } as const

test.each(['l2', 'linf'] as const)('steps to the nearest of three faces in %s', async (norm) => {
  const { adversarial, labels, queries } = await deepfool(three, origin, Int32Array.of(0), {
    ...settings,
    norm,
  })
  expect(labels).toEqual(Int32Array.of(2))
  expect(adversarial.data[0]).toBe(0)
  expect(adversarial.data[1]).toBeCloseTo(1, 3)
  // The margin, the own logit and three rivals; then the margin again, which says that it is over.
  expect(queries).toBe(6)
})

test('the face of the strongest rival is not always the nearest', async () => {
  // At (2.4, 0) the scores are 3, 2.4 and 2.5 with the slopes 0, 1 and 0.1.
  const model = linearModel([[0], [1], [0.1]], [3, 0, 2.26])
  const x = tensor([1, 1], Float32Array.of(2.4))
  const { adversarial, labels } = await deepfool(model, x, Int32Array.of(0), {
    ...settings,
    norm: 'l2',
  })
  expect(labels).toEqual(Int32Array.of(1))
  expect(adversarial.data[0]).toBeCloseTo(3, 3)
  const blind = await deepfool(model, x, Int32Array.of(0), {
    ...settings,
    norm: 'l2',
    targets: 1,
  })
  expect(blind.labels).toEqual(Int32Array.of(1))
})

describeWith('shared', 'deepfool on real digits', (shared) => {
  beatsRandomNoise('deepfool', shared, { norm: 'l2', epsilon: 3, parameters: { steps: 30 } })

  test('is as near as the original, whose median over 100 digits is 1.185', async () => {
    const model = await openModel(`${shared}/data/models/mnist_std.onnx`, { threads: 1 })
    const { images, labels } = readDigits(shared, 100)
    const random = seededRandom(1)
    const free = { ...settings, norm: 'l2', range: [0, 1], random } as const
    const { adversarial, isAdversarial } = await deepfool(model, images, labels, free)
    await model.close()
    expect(isAdversarial.every(Boolean)).toBe(true)
    const away = Float64Array.from(labels, (_, i) => distance(adversarial, images, 'l2', i)).sort()
    expect((away[49]! + away[50]!) / 2).toBeLessThanOrEqual(1.185)
  })
})
