import { seededRandom } from './random.ts'

/** [low, high], 95 %. */
export type Interval = readonly [low: number, high: number]

/** The middle value, or the mean of the two middle values. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/**
 * Order-statistics interval of a median: the narrowest symmetric pair of order statistics that covers
 * it with at least 95 % under Binomial(n, 1/2) (Conover 1999, section 3.2). Below six values the whole
 * range is given, which covers less than 95 %: a reader sees n beside it.
 */
export function medianInterval(values: ArrayLike<number>): Interval {
  const sorted = Float64Array.from(values).sort()
  const n = sorted.length
  // P(Bin(n, 1/2) = k) goes from k to k + 1 as a logarithm: 2^-n is no double beyond n = 1074.
  let logTerm = -n * Math.LN2
  let tail = Math.exp(logTerm)
  let rank = 0
  for (let k = 1; k < n / 2; k++) {
    logTerm += Math.log((n - k + 1) / k)
    tail += Math.exp(logTerm)
    if (tail > 0.025) break
    rank = k
  }
  return [sorted[rank]!, sorted[n - 1 - rank]!]
}

const resamples = 2000

/** The mean and its percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13). */
export function bootstrapMean(
  values: ArrayLike<number>,
  seed: number,
): { readonly mean: number; readonly interval: Interval } {
  const random = seededRandom(seed)
  const n = values.length
  const means = new Float64Array(resamples)
  for (let r = 0; r < resamples; r++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += values[Math.floor(random() * n)]!
    means[r] = sum / n
  }
  means.sort()
  let total = 0
  for (let i = 0; i < n; i++) total += values[i]!
  const low = means[Math.floor(0.025 * (resamples - 1))]!
  const high = means[Math.ceil(0.975 * (resamples - 1))]!
  return { mean: total / n, interval: [low, high] }
}
