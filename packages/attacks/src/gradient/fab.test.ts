import { seededRandom } from '@merlon/core'
import { distance, tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { fab } from './fab.ts'

const parameters = { steps: 25 }
attackContract('fab', 'linf', { parameters })
attackContract('fab', 'l2', { parameters })
attackContract('fab-t', 'linf', { parameters })
attackContract('fab-t', 'l2', { parameters })

/** Class 0 leads by 1; class 1 is sqrt(2) / 4 away in l2, class 2 is 1 / 4 away, class 3 has the best score of them. */
const model = linearModel(
  [
    [0, 0],
    [2, 2],
    [4, 0],
    [0, 0.1],
  ],
  [1, 0, 0, 0.9],
)
const batch = tensor([1, 2], Float32Array.of(0, 0))
const zero = Int32Array.of(0)

describe.each([true, false])('fab with targets of its own: %s', (isTargeted) => {
  const settings = () => ({ epsilon: Infinity, random: seededRandom(1), isTargeted })

  test.each([
    ['l2', 1 / 4, 2],
    ['linf', 1 / 4, 1],
  ] as const)('finds the nearest of several boundaries in %s', async (norm, away, _) => {
    const found = await fab(model, batch, zero, { ...settings(), norm, range: null })
    expect(found.isAdversarial).toEqual([true])
    expect(distance(found.adversarial, batch, norm, 0)).toBeGreaterThan(away - 1e-5)
    expect(distance(found.adversarial, batch, norm, 0)).toBeLessThan(away * 1.01)
  })

  test('goes round what the range forbids', async () => {
    // x may not move right, so the way to class 1 goes up: 2 y = 1.
    const one = Int32Array.of(0)
    const found = await fab(model, batch, one, { ...settings(), norm: 'l2', range: [-1, 0.001] })
    expect(found.isAdversarial).toEqual([false])
    const free = await fab(model, tensor([1, 2], Float32Array.of(0, 0)), one, {
      ...settings(),
      norm: 'l2',
      range: [0, 0.6],
    })
    expect(free.isAdversarial).toEqual([true])
  })

  test('restarts come no farther than one run', async () => {
    const once = { ...settings(), norm: 'l2', range: [-1, 1], steps: 5 } as const
    const far = await fab(model, batch, zero, once)
    const near = await fab(model, batch, zero, { ...once, restarts: 4 })
    const away = (found: typeof far) => distance(found.adversarial, batch, 'l2', 0)
    expect(away(near)).toBeLessThanOrEqual(away(far))
    expect(near.queries).toBeGreaterThan(far.queries)
  })
})

test('a norm in which it does not walk is refused', async () => {
  const odd = {
    norm: 'l1',
    epsilon: 1,
    range: null,
    random: seededRandom(1),
    isTargeted: true,
  } as const
  await expect(fab(model, batch, zero, odd)).rejects.toMatchObject({
    code: 'ATTACK_OPTION_INVALID',
  })
})
