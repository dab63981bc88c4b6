import { seededRandom } from '@merlon/core'
import { row, rows, tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel, withGradient } from '../linear-model.test-support.ts'
import { fgsm } from './fgsm.ts'
import { defaultStepSize, pgd } from './pgd.ts'

attackContract('pgd', 'linf')
attackContract('pgd', 'l2')
attackContract('pgd', 'l1')

const linear = linearModel(
  [
    [0, 0],
    [1, -1],
  ],
  [0, 1],
)
const ones = Int32Array.of(1, 1)
const batch = tensor([2, 2], Float32Array.of(0.5, 0.5, 0.9, 0.1))
const options = () =>
  ({ norm: 'linf', epsilon: 0.1, range: [0, 1], random: seededRandom(7) }) as const

describe('pgd', () => {
  test('the default step crosses the ball however few the steps', () => {
    expect(defaultStepSize(0.3, 40)).toBeCloseTo(0.06, 12)
    for (const steps of [1, 2, 5, 10, 40, 1000]) {
      expect(steps * defaultStepSize(0.3, steps)).toBeGreaterThanOrEqual(2 * 0.3)
    }
  })

  test('one step of epsilon without a random start is fgsm', async () => {
    const single = { ...options(), steps: 1, stepSize: 0.1, randomStart: false }
    const one = await pgd(linear, batch, ones, single)
    expect(one.adversarial).toEqual((await fgsm(linear, batch, ones, options())).adversarial)
  })

  test('spends steps + 1 queries per run on a sample that stands', async () => {
    const { queries } = await pgd(linear, batch, ones, { ...options(), steps: 7, restarts: 3 })
    expect(queries).toBe(2 * 8 * 3)
  })

  test('leaves a sample alone once it is fooled, in this run and in the next', async () => {
    const near = tensor([2, 2], Float32Array.of(0.02, 0.98, 0.9, 0.1))
    const first = { ...options(), steps: 5, restarts: 2, randomStart: false }
    const result = await pgd(linear, near, ones, first)
    expect(result.isAdversarial).toEqual([true, false])
    // The first sample falls after one step: two looks; the second takes 6 looks in both runs.
    expect(result.queries).toBe(2 + 2 * 6)
    const whole = await pgd(linear, near, ones, { ...first, stopWhenFooled: false })
    expect(whole.queries).toBe(2 * 2 * 6)
    // The first sample went on to the corner only where it was not left alone.
    const free = { ...first, range: null }
    const alone = await pgd(linear, near, ones, free)
    const pushed = await pgd(linear, near, ones, { ...free, stopWhenFooled: false })
    const loss = async (x: typeof near) => (await linear.lossGradient(x, ones)).losses[0]!
    expect(await loss(pushed.adversarial)).toBeGreaterThan(await loss(alone.adversarial))
  })

  test('a sample that the model errs on from the start is given back as it is', async () => {
    const wrong = tensor([1, 2], Float32Array.of(0, 1))
    const one = Int32Array.of(1)
    const shifted = linearModel(
      [
        [0, 0],
        [1, -1],
      ],
      [0, 0],
    )
    const result = await pgd(shifted, wrong, one, { ...options(), randomStart: false })
    expect(result).toMatchObject({ adversarial: wrong, isAdversarial: [true], queries: 1 })
  })

  test('restarts find what one start misses', async () => {
    // A model with a thin trap: it errs only where the first input is above 0.09 of its centre 0.
    // Its gradient is zero, so only the random start can land there: in 5 % of starts.
    const trap = withGradient(
      linearModel([[0], [0]], [0, 1]),
      ({ losses, scores, gradient }, x) => {
        const data = scores.data.slice()
        for (let i = 0; i < rows(x); i++) if (row(x, i)[0]! > 0.09) data[2 * i] = 5
        return { gradient, losses, scores: tensor(scores.shape, data) }
      },
    )
    const origin = tensor([1, 1], Float32Array.of(0))
    const free = { ...options(), range: null, steps: 1 }
    const once = await pgd(trap, origin, Int32Array.of(1), free)
    const often = await pgd(trap, origin, Int32Array.of(1), { ...free, restarts: 200 })
    expect(once.isAdversarial).toEqual([false])
    expect(often.isAdversarial).toEqual([true])
    expect(often.adversarial.data[0]).toBeGreaterThan(0.09)
  })

  test('keeps the best point on the way, not the last one', async () => {
    // The reported loss falls after the first step, although the scores never change.
    let run = 0
    const falling = withGradient(linear, (answer) => {
      run += 1
      return { ...answer, losses: answer.losses.map(() => (run === 2 ? 9 : 1)) }
    })
    const single = tensor([1, 2], Float32Array.of(0.9, 0.1))
    const walk = { ...options(), steps: 4, stepSize: 0.02, randomStart: false }
    const { adversarial } = await pgd(falling, single, Int32Array.of(1), walk)
    expect(adversarial.data[0]).toBeCloseTo(0.88, 6)
  })

  test('random starts fill the ball evenly', async () => {
    const count = 4000
    const many = tensor([count, 2], new Float32Array(count * 2))
    const labels = new Int32Array(count).fill(1)
    const still = { ...options(), range: null, steps: 1, stepSize: 0, epsilon: 1 }
    for (const norm of ['linf', 'l2'] as const) {
      const { adversarial } = await pgd(linear, many, labels, {
        ...still,
        norm,
        stopWhenFooled: false,
      })
      let inner = 0
      for (let i = 0; i < count; i++) {
        const [a, b] = row(adversarial, i)
        const size = norm === 'linf' ? Math.max(Math.abs(a!), Math.abs(b!)) : Math.hypot(a!, b!)
        if (size < 0.5) inner += 1
      }
      // Half the radius holds a quarter of a disc or a square; 4 standard deviations are 0.027.
      expect(Math.abs(inner / count - 0.25)).toBeLessThan(0.03)
    }
  })

  test('a saturated model is told apart from a strong one', async () => {
    // The float32 gradient at a logit gap of 100 is tiny but has a sign; at 420 it is exactly zero.
    const steep = linearModel(
      [
        [-200, 200],
        [200, -200],
      ],
      [0, 100],
    )
    const still = { ...options(), epsilon: 0.3, randomStart: false }
    const { isAdversarial, health } = await pgd(steep, batch, ones, still)
    expect(isAdversarial).toEqual([true, false])
    expect(health).toMatchObject({ zeroGradients: 1, zeroGradientsStanding: 1, lossNeverRose: 1 })
  })

  test.each([
    [{ steps: 0 }, /steps is 0/],
    [{ steps: 1.5 }, /steps is 1.5/],
    [{ restarts: 0 }, /restarts is 0/],
    [{ stepSize: -1 }, /stepSize is -1/],
    [{ stepSize: Number.NaN }, /stepSize is NaN/],
  ])('refuses %o', async (change, sentence) => {
    await expect(pgd(linear, batch, ones, { ...options(), ...change })).rejects.toThrow(sentence)
  })
})
