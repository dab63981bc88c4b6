import { seededRandom } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { distance, row, rows, tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { pgd } from './gradient/pgd.ts'
import { hopSkipJump } from './label/hop-skip-jump.ts'
import { linearModel } from './linear-model.test-support.ts'
import { attackRegression } from './regression.ts'
import { nes } from './score/nes.ts'

/** A price: 3 x - 4 y + 10, in one column. */
function price(): GradientAccess & { readonly evaluated: () => number } {
  return linearModel([[3, -4]], [10])
}
const points = tensor([2, 2], Float32Array.of(1, 1, 2, 0))
/** Predictions are 9 and 16. */
const target = { truths: [10, 16], tolerance: 3 }
const settings = (epsilon: number) =>
  ({ norm: 'l2', epsilon, range: null, random: seededRandom(2), queries: 800 }) as const

describe('attackRegression', () => {
  test.each([
    ['pgd', pgd],
    ['nes', nes],
    ['hop-skip-jump', hopSkipJump],
  ] as const)(
    '%s moves a prediction out of its tolerance, and no farther than it can',
    async (_, attack) => {
      // 5 a unit of l2: the first is 2 from its edge (0.4 away), the second 3 (0.6 away).
      const near = await attackRegression(attack, price(), points, target, settings(0.5))
      expect(near.isAdversarial).toEqual([true, false])
      const far = await attackRegression(attack, price(), points, target, settings(0.65))
      expect(far.isAdversarial).toEqual([true, true])
      const predicted = await price().scores(far.adversarial)
      for (let i = 0; i < rows(points); i++) {
        expect(Math.abs(row(predicted, i)[0]! - target.truths[i]!)).toBeGreaterThan(3)
        expect(distance(far.adversarial, points, 'l2', i)).toBeLessThanOrEqual(0.65 + 1e-6)
      }
    },
  )

  test('counts the model evaluations', async () => {
    const counted = price()
    const { queries } = await attackRegression(nes, counted, points, target, settings(0.5))
    expect(queries).toBe(counted.evaluated())
  })

  test('a prediction that is beyond its tolerance is an error as it stands', async () => {
    const wrong = { truths: [0, 16], tolerance: 3 }
    const { isAdversarial, labels } = await attackRegression(
      nes,
      price(),
      points,
      wrong,
      settings(0),
    )
    expect(isAdversarial).toEqual([true, false])
    expect([...labels]).toEqual([0, 1])
  })

  test.each([
    [{ truths: [1], tolerance: 1 }, /2 samples came with 1 true values/],
    [{ truths: [1, 2], tolerance: -1 }, /tolerance is -1/],
    [{ truths: [1, 2], tolerance: Number.NaN }, /tolerance is NaN/],
  ])('refuses %o', async (wrong, sentence) => {
    const refused = async () => attackRegression(nes, price(), points, wrong, settings(1))
    await expect(refused()).rejects.toThrow(sentence)
  })
})
