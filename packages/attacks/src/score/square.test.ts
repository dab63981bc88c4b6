import { seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { drawWindow, pictureOf, sideOf } from '../picture.ts'
import { windowShare } from './search-squares.ts'
import { square } from './square.ts'

const parameters = { queries: 300 }
attackContract('square', 'linf', { parameters })
// In l2 its changes have the shape of bumps, so that in four dimensions random search comes near the best way slowly.
attackContract('square', 'l2', { parameters, sureWithin: 0.6 })

describe('square', () => {
  test('shrinks its windows as the paper does in 10,000 queries, and alike in any budget', () => {
    const shares = [0, 10, 11, 51, 201, 501, 1001, 2001, 4001, 6001, 8001]
    const expected = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((halvings) => 0.8 / 2 ** halvings)
    expect(shares.map((query) => windowShare(query, 10_000))).toEqual(expected)
    expect(windowShare(101, 1000)).toBe(windowShare(1010, 10_000))
  })

  test('reads pictures in either order of axes, and lists as one line', () => {
    expect(pictureOf([3, 32, 30])).toMatchObject({ channels: 3, height: 32, width: 30, pixel: 1 })
    expect(pictureOf([32, 30, 3])).toMatchObject({ channels: 3, height: 32, width: 30, plane: 1 })
    expect(pictureOf([1, 28, 28])).toMatchObject({ channels: 1, height: 28, width: 28 })
    expect(pictureOf([12])).toMatchObject({ channels: 1, height: 1, width: 12 })
    expect(pictureOf([])).toMatchObject({ channels: 1, height: 1, width: 1 })
  })

  test('a window holds its share of the pixels and lies in the picture', () => {
    expect(sideOf(pictureOf([1, 28, 28]), 0.8)).toEqual([25, 25])
    expect(sideOf(pictureOf([100]), 0.8)).toEqual([1, 80])
    expect(sideOf(pictureOf([1, 28, 28]), 0.0001)).toEqual([1, 1])
    const random = seededRandom(3)
    const seen = new Set<string>()
    for (let draw = 0; draw < 200; draw++) {
      const { top, left, height, width } = drawWindow(pictureOf([3, 4]), [2, 2], random)
      expect([height, width]).toEqual([2, 2])
      seen.add(`${top} ${left}`)
    }
    expect([...seen].sort()).toEqual(['0 0', '0 1', '0 2', '1 0', '1 1', '1 2'])
  })

  test('in linf begins with vertical stripes at the ends of the ball', async () => {
    const model = linearModel([new Array(12).fill(0), new Array(12).fill(0.01)], [0, 9], [1, 3, 4])
    const batch = tensor([1, 1, 3, 4], new Float32Array(12).fill(0.5))
    const first = { norm: 'linf', epsilon: 0.25, range: [0, 1], queries: 1 } as const
    const settings = { ...first, random: seededRandom(5) }
    const { adversarial, queries } = await square(model, batch, Int32Array.of(1), settings)
    expect(queries).toBe(1)
    const lines = [0, 1, 2].map((y) => [...adversarial.data.subarray(4 * y, 4 * y + 4)])
    expect(lines[1]).toEqual(lines[0])
    expect(lines[2]).toEqual(lines[0])
    expect(lines[0]!.every((value) => value === 0.25 || value === 0.75)).toBe(true)
  })

  test('in l2 uses all of epsilon where the range allows it', async () => {
    const model = linearModel([new Array(64).fill(0), new Array(64).fill(0.01)], [0, 9], [1, 8, 8])
    const batch = tensor([1, 1, 8, 8], new Float32Array(64))
    const settings = {
      norm: 'l2',
      epsilon: 2,
      range: null,
      queries: 40,
      random: seededRandom(5),
    } as const
    const { adversarial } = await square(model, batch, Int32Array.of(1), settings)
    expect(Math.hypot(...adversarial.data)).toBeGreaterThan(1.999)
    expect(Math.hypot(...adversarial.data)).toBeLessThanOrEqual(2)
  })

  test('spends its whole budget on a sample that stands, and none on one that fell', async () => {
    const model = linearModel(
      [
        [0, 0],
        [1, 1],
      ],
      [0, 0],
    )
    const batch = tensor([2, 2], Float32Array.of(5, 5, 0.001, 0))
    const settings = {
      norm: 'linf',
      epsilon: 0.1,
      range: null,
      queries: 50,
      random: seededRandom(1),
    } as const
    const { queries, isAdversarial } = await square(model, batch, Int32Array.of(1, 1), settings)
    expect(isAdversarial).toEqual([false, true])
    expect(queries).toBeGreaterThanOrEqual(51)
    expect(queries).toBeLessThan(60)
  })
})
