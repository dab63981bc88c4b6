import { seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { attackContract } from './attack-contract.test-support.ts'
import { autoAttack } from './auto-attack.ts'
import { linearModel, withGradient } from './linear-model.test-support.ts'

const parameters = { steps: 20, queries: 50 }
attackContract('autoattack', 'linf', { parameters })
attackContract('autoattack', 'l2', { parameters })

const weights = [
  [0, 0],
  [1, -1],
  [0.1, 0],
  [0, 0.1],
]
const settings = () =>
  ({ norm: 'linf', epsilon: 0.1, range: null, random: seededRandom(1) }) as const

describe('autoAttack', () => {
  test('says what each part came to, and attacks only what stands', async () => {
    const model = linearModel(weights, [0, 0.5, 0, 0])
    const batch = tensor([2, 2], Float32Array.of(-0.2, 0.2, 5, -5))
    const labels = Int32Array.of(1, 1)
    const result = await autoAttack(model, batch, labels, { ...settings(), ...parameters })
    const { parts = [], queries, notes } = result
    expect(parts.map(({ attack }) => attack)).toEqual(['apgd-ce', 'apgd-t', 'fab-t', 'square'])
    expect(parts.map(({ isAdversarial }) => isAdversarial)).toEqual(
      new Array(4).fill([true, false]),
    )
    // One sample stands: 1 look and 3 targets; 1 look and 3 walks of two looks a step; 50 queries.
    expect(parts.slice(1).map((part) => part.queries)).toEqual([1 + 3 * 21, 1 + 3 * 40, 50])
    expect(parts.reduce((sum, part) => sum + part.queries, 0)).toBe(queries)
    expect(notes).toEqual([])
  })

  test('where the gradient lies, the part that needs none finds the way', async () => {
    const model = linearModel(weights.slice(0, 2), [0, 0.5])
    const liar = withGradient(model, (answer) => ({
      ...answer,
      gradient: tensor(
        answer.gradient.shape,
        answer.gradient.data.map((slope) => -slope),
      ),
    }))
    const batch = tensor([1, 2], Float32Array.of(-0.16, 0.155))
    const asked = { ...settings(), steps: 20, queries: 200 }
    const { parts = [] } = await autoAttack(liar, batch, Int32Array.of(1), asked)
    const fell = parts.find(({ isAdversarial }) => isAdversarial[0])
    expect(fell?.attack).toBe('square')
  })

  test('says that two classes are too few for the targeted ratio', async () => {
    const two = linearModel(weights.slice(0, 2), [0, 9])
    const batch = tensor([1, 2], Float32Array.of(0, 0))
    const { notes } = await autoAttack(two, batch, Int32Array.of(1), {
      ...settings(),
      ...parameters,
    })
    expect(notes).toEqual([expect.stringContaining('2 classes are too few for targeted dlr')])
  })
})
