import { seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { targetedApgd } from './apgd-t.ts'

attackContract('apgd-t', 'linf')
attackContract('apgd-t', 'l2')

/** Class 0 leads; class 1 is second but out of reach, class 3 is last and can be reached. */
const model = linearModel(
  [
    [0, 0],
    [0, 0.1],
    [0, 0],
    [10, 0],
  ],
  [3, 2, 1, 0.5],
)
const batch = tensor([1, 2], Float32Array.of(0, 0))
const zero = Int32Array.of(0)
const settings = () =>
  ({ norm: 'linf', epsilon: 0.3, range: null, random: seededRandom(1) }) as const

test('reaches a class that is not the likeliest, if it may try so many', async () => {
  const one = await targetedApgd(model, batch, zero, { ...settings(), targets: 1, steps: 10 })
  expect(one.isAdversarial).toEqual([false])
  expect(one.queries).toBe(1 + 11)
  const all = await targetedApgd(model, batch, zero, { ...settings(), targets: 9, steps: 10 })
  expect(all).toMatchObject({ isAdversarial: [true], labels: Int32Array.of(3), notes: [] })
  // A target that succeeds ends the others.
  expect(all.queries).toBeLessThan(1 + 3 * 11)
})

test('a sample that the model errs on is given back as it is', async () => {
  const wrong = await targetedApgd(model, batch, Int32Array.of(2), settings())
  expect(wrong).toMatchObject({ adversarial: batch, isAdversarial: [true], queries: 1 })
})
