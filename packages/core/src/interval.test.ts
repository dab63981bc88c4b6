import { describe, expect, test } from 'vitest'
import { bootstrapMean, median, medianInterval } from './interval.ts'

const upTo = (n: number) => Float64Array.from({ length: n }, (_, i) => n - i)

describe('median', () => {
  test('is the middle value or the mean of the two middle values, in any order', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([7])).toBe(7)
    expect(median([10, 9, 1])).toBe(9)
  })

  test('does not sort its input', () => {
    const values = [3, 1, 2]
    median(values)
    medianInterval(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('order-statistics interval of a median', () => {
  // Ranks of the binomial quantile table, P(Bin(n, 1/2) < rank) <= 0.025, from SciPy 1.17.1.
  test.each([
    [6, 1],
    [8, 1],
    [9, 2],
    [10, 2],
    [15, 4],
    [20, 6],
    [25, 8],
    [30, 10],
    [50, 18],
    [100, 40],
    [1000, 469],
  ])('of %i values is from the value of rank %i to its mirror', (n, rank) => {
    expect(medianInterval(upTo(n))).toEqual([rank, n + 1 - rank])
  })

  test('of fewer than six values is the whole range', () => {
    expect(medianInterval([5, 1, 3])).toEqual([1, 5])
    expect(medianInterval([2])).toEqual([2, 2])
  })

  test('does not collapse where 2^-n is no longer a double', () => {
    // Normal approximation of the rank: n / 2 - 0.98 sqrt(n).
    const n = 20_000
    const [low, high] = medianInterval(upTo(n))
    expect(Math.abs(low - (n / 2 - 0.98 * Math.sqrt(n)))).toBeLessThan(2)
    expect(low + high).toBe(n + 1)
  })
})

describe('bootstrap of a mean', () => {
  const values = Float64Array.from({ length: 400 }, (_, i) => (i * 7919) % 400)

  test('agrees with the normal interval on many values', () => {
    const { mean, interval } = bootstrapMean(values, 1)
    expect(mean).toBe(199.5)
    // 0..399 in some order: standard error 115.47 / 20; the percentiles of 2000 resamples vary by about 4 %.
    expect(interval[0]).toBeGreaterThan(199.5 - 1.96 * 5.77 * 1.1)
    expect(interval[0]).toBeLessThan(199.5 - 1.96 * 5.77 * 0.9)
    expect(interval[1]).toBeGreaterThan(199.5 + 1.96 * 5.77 * 0.9)
    expect(interval[1]).toBeLessThan(199.5 + 1.96 * 5.77 * 1.1)
  })

  test('is the same for the same seed and differs for another', () => {
    expect(bootstrapMean(values, 1)).toEqual(bootstrapMean(values, 1))
    expect(bootstrapMean(values, 1)).not.toEqual(bootstrapMean(values, 2))
  })

  test('of one value is that value', () => {
    expect(bootstrapMean([3], 1)).toEqual({ mean: 3, interval: [3, 3] })
  })
})
