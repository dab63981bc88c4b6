import { seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { beatsRandomNoise } from '../real-digits.test-support.ts'
import { cw } from './cw.ts'

// The step is small against the distances of this model, which has no range.
attackContract('cw', 'l2', { parameters: { stepSize: 0.01, searchSteps: 10 } })

// 3 x - 4 y + 1 = 0 is 1.2 away from (1, -0.5), at (0.28, 0.46).
const plane = linearModel(
  [
    [0, 0],
    [3, -4],
  ],
  [0, 1],
)
const point = tensor([1, 2], Float32Array.of(1, -0.5))
const settings = { norm: 'l2', epsilon: 9, range: [-1, 1], random: seededRandom(1) } as const

test('finds the foot of the perpendicular on a plane', async () => {
  const { adversarial } = await cw(plane, point, Int32Array.of(1), { ...settings, searchSteps: 10 })
  expect(adversarial.data[0]).toBeCloseTo(0.28, 1)
  expect(adversarial.data[1]).toBeCloseTo(0.46, 1)
})

test('goes on until the margin is as wide as the confidence asks', async () => {
  const { adversarial } = await cw(plane, point, Int32Array.of(1), { ...settings, confidence: 2 })
  const [x, y] = adversarial.data
  expect(3 * x! - 4 * y! + 1).toBeLessThanOrEqual(-2 + 1e-5)
  expect(3 * x! - 4 * y! + 1).toBeGreaterThan(-2.5)
})

test('a weight that fails grows tenfold until one succeeds', async () => {
  const timid = { ...settings, initialWeight: 1e-4 }
  const one = Int32Array.of(1)
  expect((await cw(plane, point, one, { ...timid, searchSteps: 3 })).isAdversarial).toEqual([false])
  expect((await cw(plane, point, one, { ...timid, searchSteps: 6 })).isAdversarial).toEqual([true])
})

describeWith('shared', 'cw on real digits', (shared) => {
  const parameters = { initialWeight: 10, searchSteps: 3 }
  beatsRandomNoise('cw', shared, { norm: 'l2', epsilon: 3, parameters })
})
