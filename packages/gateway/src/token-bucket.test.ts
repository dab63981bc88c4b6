import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBuckets } from './token-bucket.ts'

const rates = fc.record({
  requestsPerSecond: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 50 }),
})
/** Milliseconds to the next request; the clock may step back. */
const steps = fc.array(fc.integer({ min: -500, max: 2_000 }), { maxLength: 200 })

describe('a token bucket', () => {
  test('never admits more than burst + rate * time, in any window', () => {
    fc.assert(
      fc.property(rates, steps, (rate, gaps) => {
        const buckets = new TokenBuckets(10)
        const admitted: number[] = []
        let now = 0
        let latest = -Infinity
        for (const gap of gaps) {
          now += gap
          latest = Math.max(latest, now)
          if (buckets.take('a', rate, now).admitted) admitted.push(latest)
        }
        for (let first = 0; first < admitted.length; first++) {
          for (let last = first; last < admitted.length; last++) {
            const seconds = (admitted[last]! - admitted[first]!) / 1000
            const most = rate.burst + rate.requestsPerSecond * seconds
            expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6)
          }
        }
      }),
    )
  })

  test('admits whoever waits as long as it says', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 0, max: 100 }), (rate, tries) => {
        const buckets = new TokenBuckets(10)
        for (let i = 0; i < tries; i++) buckets.take('a', rate, 0)
        const take = buckets.take('a', rate, 0)
        if (!take.admitted) expect(buckets.take('a', rate, take.retryAfterMs).admitted).toBe(true)
      }),
    )
  })

  test('admits the whole burst at once, and again once it is full', () => {
    const buckets = new TokenBuckets(10)
    const rate = { requestsPerSecond: 2, burst: 4 }
    const admitted = (now: number) =>
      Array.from({ length: 6 }, () => buckets.take('a', rate, now)).filter((take) => take.admitted)
        .length
    expect(admitted(0)).toBe(4)
    expect(buckets.take('a', rate, 0)).toEqual({
      admitted: false,
      remaining: 0,
      retryAfterMs: 500,
      resetMs: 2_000,
    })
    expect(admitted(2_000)).toBe(4)
  })

  test('keeps a bounded number of names and forgets the one unused for longest', () => {
    const buckets = new TokenBuckets(2)
    const rate = { requestsPerSecond: 1, burst: 1 }
    for (const name of ['a', 'b', 'a', 'c']) buckets.take(name, rate, 0)
    expect(buckets.size).toBe(2)
    expect(buckets.take('a', rate, 0).admitted).toBe(false)
    expect(buckets.take('b', rate, 0).admitted).toBe(true)
  })
})
