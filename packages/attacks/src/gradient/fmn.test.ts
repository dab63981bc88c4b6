import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { beatsRandomNoise } from '../real-digits.test-support.ts'
import { fmn } from './fmn.ts'

attackContract('fmn', 'linf')
attackContract('fmn', 'l2')
attackContract('fmn', 'l1')
attackContract('fmn', 'l0')

// Class 1 above the plane 4 x + 3 y = 1; (1, 1) is 6 / 7, 6 / 5 and 6 / 4 away from it in linf, l2 and l1.
const plane = linearModel(
  [
    [0, 0],
    [4, 3],
  ],
  [0, -1],
)
const point = tensor([1, 2], Float32Array.of(1, 1))
const settings = { epsilon: 9, range: null } as const

test.each([
  ['linf', [1 / 7, 1 / 7]],
  ['l2', [0.04, 0.28]],
  ['l1', [-0.5, 1]],
] as const)('finds the nearest point of a plane in %s', async (norm, nearest) => {
  const options = { ...settings, norm, steps: 500 }
  const { adversarial } = await fmn(plane, point, Int32Array.of(1), options)
  for (const k of [0, 1]) expect(adversarial.data[k]).toBeCloseTo(nearest[k]!, 1)
})

test('touches one component where one is enough', async () => {
  const options = { ...settings, norm: 'l0', range: [-2, 2] } as const
  const { adversarial, isAdversarial } = await fmn(plane, point, Int32Array.of(1), options)
  expect(isAdversarial).toEqual([true])
  expect([...adversarial.data].filter((value) => value === 1)).toHaveLength(1)
})

describeWith('shared', 'fmn on real digits', (shared) => {
  const parameters = { steps: 50 }
  beatsRandomNoise('fmn', shared, { norm: 'linf', epsilon: 0.2, parameters })
  beatsRandomNoise('fmn', shared, { norm: 'l2', epsilon: 2.5, parameters })
  beatsRandomNoise('fmn', shared, { norm: 'l1', epsilon: 20, parameters })
  beatsRandomNoise('fmn', shared, { norm: 'l0', epsilon: 25, parameters })
})
