import { assert } from './assert.ts'
import { bootstrapMean, type Interval, median, medianInterval } from './interval.ts'
import { clopperPearson, wilson } from './proportion.ts'

declare const measured: unique symbol

/** What an estimate is of; each label appears beside the figure wherever it is written. */
export interface EstimateLabels {
  readonly attack?: string
  readonly norm?: string
  /** In input units. */
  readonly epsilon?: number
  readonly class?: string
  readonly source?: string
}

/**
 * A figure with all that is needed to believe it. There is no way to build one without its count,
 * its 95 % interval, its seed and its query count: only the functions of this file make estimates.
 */
export interface Estimate extends EstimateLabels {
  readonly name: string
  readonly value: number
  readonly n: number
  /** 95 %, [low, high]. */
  readonly interval: Interval
  readonly method: 'wilson' | 'clopper-pearson' | 'order-statistics' | 'bootstrap'
  readonly seed: number
  /** Model evaluations spent on this figure, gradients included. */
  readonly queries: number
  readonly [measured]: true
}

export interface Measurement {
  readonly name: string
  readonly seed: number
  readonly queries: number
  readonly labels?: EstimateLabels
}

/**
 * A share of `n` trials, with Wilson's score interval unless the exact one is asked for.
 * @throws Error (a bug) if n is not a positive integer or successes is not in 0..n
 */
export function proportion(
  successes: number,
  n: number,
  of: Measurement,
  method: 'wilson' | 'clopper-pearson' = 'wilson',
): Estimate {
  assert(Number.isInteger(n) && n > 0, 'a proportion has a positive count')
  assert(Number.isInteger(successes) && successes >= 0 && successes <= n, 'successes are in 0..n')
  const interval = method === 'wilson' ? wilson(successes, n) : clopperPearson(successes, n)
  return estimate(of, successes / n, n, interval, method)
}

/** The median of at least one value, with the order-statistics interval. */
export function medianEstimate(values: ArrayLike<number>, of: Measurement): Estimate {
  assert(values.length > 0, 'a median needs a value')
  return estimate(of, median(values), values.length, medianInterval(values), 'order-statistics')
}

/** The mean of at least one value, with the seeded percentile bootstrap. */
export function meanEstimate(values: ArrayLike<number>, of: Measurement): Estimate {
  assert(values.length > 0, 'a mean needs a value')
  const { mean, interval } = bootstrapMean(values, of.seed)
  return estimate(of, mean, values.length, interval, 'bootstrap')
}

function estimate(
  { name, seed, queries, labels }: Measurement,
  value: number,
  n: number,
  interval: Interval,
  method: Estimate['method'],
): Estimate {
  assert(Number.isInteger(queries) && queries >= 0, 'queries are counted')
  assert(Number.isInteger(seed), 'a seed is an integer')
  const plain = { name, ...labels, value, n, interval, method, seed, queries }
  // The brand exists in the type only: it is what makes this file the one place of birth.
  return plain as unknown as Estimate
}
