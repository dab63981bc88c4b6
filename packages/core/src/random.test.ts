import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deriveSeed, gaussian, permutation, seededRandom } from './random.ts'

describe('seededRandom', () => {
  // The same mixing constants in Python's exact integers.
  test.each([
    [0, [1684164658, 3653269916, 2939563536, 2141751570]],
    [1, [1580013426, 350525680, 3524174333, 3011703609]],
  ])('from seed %i gives the numbers of another implementation', (seed, expected) => {
    const random = seededRandom(seed)
    expect(expected.map(() => random() * 2 ** 32)).toEqual(expected)
  })

  test('is uniform in [0, 1)', () => {
    const random = seededRandom(42)
    const bins = new Array<number>(16).fill(0)
    let outside = 0
    for (let i = 0; i < 160_000; i++) {
      const value = random()
      if (!(value >= 0 && value < 1)) outside++
      const bin = Math.floor(value * 16)
      bins[bin] = bins[bin]! + 1
    }
    expect(outside).toBe(0)
    // Chi squared with 15 degrees of freedom passes 44 once in ten thousand seeds.
    const chiSquared = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
    expect(chiSquared).toBeLessThan(44)
  })
})

test('a derived seed is FNV-1a, and differs with label and seed', () => {
  // Published FNV-1a vectors: the empty text, "a" and "foobar".
  expect(deriveSeed(0, '')).toBe(0x811c9dc5)
  expect(deriveSeed(0, 'a')).toBe(0xe40c292c)
  expect(deriveSeed(0, 'foobar')).toBe(0xbf9cf968)
  expect(deriveSeed(1, 'a')).not.toBe(deriveSeed(0, 'a'))
})

test('gaussian has the moments of a standard normal', () => {
  const random = seededRandom(5)
  const n = 100_000
  let [sum, squares, beyond] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const value = gaussian(random)
    sum += value
    squares += value * value
    if (Math.abs(value) > 1.959964) beyond += 1
  }
  expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n))
  expect(Math.abs(squares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
  expect(Math.abs(beyond / n - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / n))
  // Box and Muller divides by no zero: a random that gives its lowest value is finite.
  expect(Number.isFinite(gaussian(() => 0))).toBe(true)
})

describe('permutation', () => {
  test('holds every index once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer(), (n, seed) => {
        const order = permutation(n, seededRandom(seed))
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
    )
  })

  test('gives each of the six orders of three equally often', () => {
    const random = seededRandom(9)
    const counts = new Map<string, number>()
    for (let i = 0; i < 60_000; i++) {
      const order = permutation(3, random).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(400)
  })
})
