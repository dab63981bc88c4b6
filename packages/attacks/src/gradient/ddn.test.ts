import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { beatsRandomNoise } from '../real-digits.test-support.ts'
import { ddn } from './ddn.ts'

attackContract('ddn', 'l2')

test('finds the foot of the perpendicular on a plane', async () => {
  // 3 x - 4 y + 1 = 0 is 1.2 away from (1, -0.5), at (0.28, 0.46).
  const plane = linearModel(
    [
      [0, 0],
      [3, -4],
    ],
    [0, 1],
  )
  const point = tensor([1, 2], Float32Array.of(1, -0.5))
  const settings = { norm: 'l2', epsilon: 9, range: null } as const
  const { adversarial } = await ddn(plane, point, Int32Array.of(1), settings)
  expect(adversarial.data[0]).toBeCloseTo(0.28, 1)
  expect(adversarial.data[1]).toBeCloseTo(0.46, 1)
})

test('grows the norm by a twentieth while it fails, and shrinks it once it succeeds', async () => {
  // The boundary is 1.5 away: 1.05^9 = 1.55 is the first norm beyond it, so step 9 is the first that succeeds.
  const line = linearModel([[0], [1]], [0, 0])
  const point = tensor([1, 1], Float32Array.of(1.5))
  const run = (steps: number) =>
    ddn(line, point, Int32Array.of(1), { norm: 'l2', epsilon: 9, range: null, steps })
  expect((await run(9)).isAdversarial).toEqual([false])
  const { adversarial } = await run(10)
  expect(adversarial.data[0]).toBeCloseTo(1.5 - 1.05 ** 9, 5)
})

describeWith('shared', 'ddn on real digits', (shared) => {
  beatsRandomNoise('ddn', shared, { norm: 'l2', epsilon: 2.5, parameters: { steps: 50 } })
})
