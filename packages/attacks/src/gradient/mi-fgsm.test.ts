import { seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel, withGradient } from '../linear-model.test-support.ts'
import { pictureOf } from '../picture.ts'
import { miFgsm } from './mi-fgsm.ts'
import { diverseView, gradientBehind, seenThrough } from './picture-view.ts'
import { bell, smoothed } from './smooth-gradient.ts'

attackContract('mi-fgsm', 'linf')
attackContract('mi-fgsm', 'l2')
attackContract('ni-fgsm', 'linf')
attackContract('si-ni-fgsm', 'linf')
// Pictures of four pixels have no smaller ones, and smoothing takes a linear model's gradient for what it is not.
attackContract('di-fgsm', 'linf', { inputShape: [1, 2, 2] })
attackContract('ti-fgsm', 'linf', { inputShape: [1, 2, 2], parameters: { kernel: 1 } })

const options = () => ({ norm: 'linf', epsilon: 1, range: null, random: seededRandom(3) }) as const

describe('momentum', () => {
  /** One input whose gradient is +1 at first and -1/2 ever after. */
  const turning = () => {
    let run = 0
    return withGradient(linearModel([[0], [1]], [0, 9]), (answer) => {
      run += 1
      return { ...answer, gradient: tensor([1, 1], Float32Array.of(run === 1 ? 1 : -0.5)) }
    })
  }
  const x = tensor([1, 1], Float32Array.of(0))

  test('adds up gradients of length one each', async () => {
    // g = 1, then 1 - 1 = 0, then -1: up, nowhere, down. Without memory: up, down, down.
    const walk = { ...options(), steps: 3, stepSize: 0.25 }
    const end = async (decay: number) =>
      (await miFgsm(turning(), x, Int32Array.of(1), { ...walk, decay })).adversarial.data[0]
    expect(await end(1)).toBe(0)
    expect(await end(0)).toBe(-0.25)
    // g = 1, -0.5, -1.25: one up, two down.
    expect(await end(0.5)).toBe(-0.25)
  })

  test('looks where the momentum leads, over dimmed copies', async () => {
    const seen: number[] = []
    const watched = withGradient(linearModel([[0], [1]], [0, 9]), (answer, batch) => {
      seen.push(batch.data[0]!)
      return answer
    })
    const walk = { ...options(), steps: 2, stepSize: 0.25, nesterov: true, scales: 3 }
    await miFgsm(watched, tensor([1, 1], Float32Array.of(1)), Int32Array.of(1), walk)
    // From 1 to 0.75; then 0.25 ahead of that; then the end, which is 0.5.
    expect(seen).toEqual([1, 0.5, 0.25, 0.5, 0.25, 0.125, 0.5])
  })
})

describe('a view of a picture', () => {
  const picture = pictureOf([2, 10, 12])

  test('is a smaller picture somewhere on an empty one', () => {
    const values = Float32Array.from({ length: 240 }, (_, k) => k + 1)
    const random = seededRandom(4)
    const sizes = new Set<number>()
    for (let draw = 0; draw < 50; draw++) {
      const seen = seenThrough(diverseView(picture, random), values)
      const shown = [...seen].filter((value) => value > 0)
      sizes.add(shown.length / 2)
      // Row by row and from left to right, as in the picture itself.
      expect(shown).toEqual([...shown].sort((a, b) => a - b))
      expect(new Set(shown).size).toBe(shown.length)
    }
    expect([...sizes].every((size) => size >= 9 * 11 && size <= 120)).toBe(true)
    expect(sizes.size).toBeGreaterThan(1)
  })

  test('leads gradients back: <view x, g> = <x, behind g>', () => {
    const random = seededRandom(5)
    const [x, g] = [0, 0].map(() => Float32Array.from({ length: 240 }, () => Math.fround(random())))
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, k) => sum + v * b[k]!, 0)
    const view = diverseView(picture, random)
    expect(dot(seenThrough(view, x!), g!)).toBeCloseTo(dot(x!, gradientBehind(view, g!)), 4)
  })
})

describe('smoothing', () => {
  test('the bell sums to one and is symmetric', () => {
    expect([...bell(1)]).toEqual([1])
    const five = [...bell(5)]
    expect(five.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 12)
    expect(five).toEqual([...five].reverse())
    // Two pixels are three deviations: exp(-9/2) of the middle.
    expect(five[0]! / five[2]!).toBeCloseTo(Math.exp(-4.5), 12)
  })

  test.each([
    ['channels first', [2, 6, 7], (c: number, y: number, x: number) => c * 42 + y * 7 + x],
    ['channels last', [6, 7, 2], (c: number, y: number, x: number) => (y * 7 + x) * 2 + c],
  ])('spreads one slope over its window in its own channel, %s', (_, shape, at) => {
    const slopes = new Float32Array(84)
    slopes[at(1, 2, 3)] = 1
    const weights = bell(3)
    const spread = smoothed(slopes, pictureOf(shape), weights)
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 7; x++) {
        const wanted = (weights[y - 1] ?? 0) * (weights[x - 2] ?? 0)
        expect(spread[at(1, y, x)]).toBeCloseTo(wanted, 6)
        expect(spread[at(0, y, x)]).toBe(0)
      }
    }
  })
})

test.each([
  [{ kernel: 4 }, /kernel is 4; pass an odd number/],
  [{ diversity: 1.5 }, /diversity is 1.5/],
  [{ scales: 0 }, /scales is 0/],
  [{ decay: -1 }, /decay is -1/],
])('refuses %o', async (change, sentence) => {
  const x = tensor([1, 1], Float32Array.of(0))
  const model = linearModel([[0], [1]], [0, 9])
  const refused = miFgsm(model, x, Int32Array.of(1), { ...options(), ...change })
  await expect(refused).rejects.toThrow(sentence)
})
