import { seededRandom } from '@merlon/core'
import { row, rows, tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel, withGradient } from '../linear-model.test-support.ts'
import { apgd } from './apgd.ts'
import { checkpoints } from './climb.ts'
import { pgd } from './pgd.ts'

const parameters = { restarts: 2 }
attackContract('apgd-ce', 'linf', { parameters })
attackContract('apgd-ce', 'l2', { parameters })
attackContract('apgd-dlr', 'linf', { parameters })
attackContract('apgd-dlr', 'l2', { parameters })

const settings = (epsilon: number) =>
  ({ norm: 'linf', epsilon, range: null, random: seededRandom(1) }) as const

describe('automatic PGD', () => {
  test('looks at its step size where the paper says, for 100 steps', () => {
    expect([...checkpoints(100)]).toEqual([22, 41, 57, 70, 80, 87, 93, 99])
    expect([...checkpoints(10)]).toEqual([3, 5, 6, 7, 8, 9, 10])
  })

  test('ends in the corner that is worst for a linear model', async () => {
    const w = [1, -2, 0.5]
    const model = linearModel([w.map(() => 0), w], [0, 5])
    const batch = tensor([1, 3], Float32Array.of(0.5, 0.5, 0.5))
    const options = { ...settings(0.25), loss: 'cross-entropy', restarts: 1 } as const
    const { adversarial } = await apgd(model, batch, Int32Array.of(1), options)
    expect([...adversarial.data]).toEqual([0.25, 0.75, 0.25])
  })

  test('spends steps + 1 queries per run on a sample that stands', async () => {
    const model = linearModel([[0], [1]], [0, 9])
    const batch = tensor([2, 1], Float32Array.of(0, 1))
    const options = { ...settings(0.1), loss: 'cross-entropy', steps: 7, restarts: 3 } as const
    const { queries } = await apgd(model, batch, Int32Array.of(1, 1), options)
    expect(queries).toBe(2 * 8 * 3)
  })

  test('finds a narrow peak that steps of a fixed length step over', async () => {
    // The model errs within 0.01 of 0.123 alone; its loss is -|x - 0.123|, without a word of how near it is.
    const peak = withGradient(linearModel([[0], [0]], [0, 1]), ({ scores }, x) => {
      const gradient = tensor(x.shape, new Float32Array(x.data.length))
      const losses = new Float32Array(rows(x))
      const data = scores.data.slice()
      for (let i = 0; i < rows(x); i++) {
        const away = row(x, i)[0]! - 0.123
        losses[i] = -Math.abs(away)
        row(gradient, i)[0] = -Math.sign(away)
        if (Math.abs(away) < 0.01) data[2 * i] = 5
      }
      return { gradient, losses, scores: tensor(scores.shape, data) }
    })
    const batch = tensor([1, 1], Float32Array.of(0))
    const one = Int32Array.of(1)
    const narrow = { ...settings(1), steps: 40, restarts: 1 }
    const still = { ...narrow, randomStart: false, stepSize: 0.2 }
    expect((await pgd(peak, batch, one, still)).isAdversarial).toEqual([false])
    const automatic = await apgd(peak, batch, one, { ...narrow, loss: 'cross-entropy' })
    expect(automatic.isAdversarial).toEqual([true])
  })

  test('climbs the margin where two classes are too few for dlr, and says so', async () => {
    const two = linearModel([[0], [1]], [0, 0.05])
    const three = linearModel([[0], [1], [0.5]], [0, 0.05, 0])
    const batch = tensor([1, 1], Float32Array.of(0))
    const run = (model: typeof two) =>
      apgd(model, batch, Int32Array.of(1), { ...settings(0.1), loss: 'dlr' })
    expect(await run(two)).toMatchObject({
      isAdversarial: [true],
      notes: [expect.stringContaining('2 classes are too few')],
    })
    expect(await run(three)).toMatchObject({ isAdversarial: [true], notes: [] })
  })
})
