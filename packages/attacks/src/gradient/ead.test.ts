import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { cw } from './cw.ts'
import { cwLinf } from './cw-linf.ts'
import { ead } from './ead.ts'

// Shrinking takes as much off each component as these distances ask for.
attackContract('ead', 'l1', { parameters: { l1Weight: 0.01, searchSteps: 12 }, sureWithin: 0.9 })
attackContract('cw-linf', 'linf', {
  parameters: { stepSize: 0.005, searchSteps: 60 },
  sureWithin: 0.9,
})

// Class 1 above the plane 4 x + 3 y = 1; (0.9, 0.8) is 5 / 7 away in linf and 5 / 4 in l1, by x alone.
const plane = linearModel(
  [
    [0, 0],
    [4, 3],
  ],
  [0, -1],
)
const point = tensor([1, 2], Float32Array.of(0.9, 0.8))
const free = { epsilon: 9, range: null } as const
const one = Int32Array.of(1)

test('ead changes the component that counts most, where cw changes both', async () => {
  const sparse = await ead(plane, point, one, {
    ...free,
    norm: 'l1',
    l1Weight: 0.05,
    searchSteps: 12,
  })
  expect(sparse.isAdversarial).toEqual([true])
  expect(sparse.adversarial.data[1]).toBeCloseTo(0.8, 1)
  expect(sparse.adversarial.data[0]).toBeCloseTo(0.9 - 1.25, 1)
  const dense = await cw(plane, point, one, { ...free, norm: 'l2', searchSteps: 8 })
  // 1 away in l2: by 0.8 and by 0.6.
  expect(dense.adversarial.data[0]).toBeCloseTo(0.1, 1)
  expect(dense.adversarial.data[1]).toBeCloseTo(0.2, 1)
})

test('cw-linf changes every component by as much', async () => {
  const options = { ...free, norm: 'linf', stepSize: 0.02 } as const
  const { adversarial } = await cwLinf(plane, point, one, options)
  expect(adversarial.data[0]).toBeCloseTo(0.9 - 5 / 7, 1)
  expect(adversarial.data[1]).toBeCloseTo(0.8 - 5 / 7, 1)
})
