import { expect, test } from 'vitest'
import { meanEstimate, medianEstimate, proportion } from './estimate.ts'

const of = { name: 'accuracy', seed: 3, queries: 12 }

test('an estimate carries all that is needed to believe it', () => {
  const labels = { attack: 'pgd', norm: 'linf', epsilon: 0.3 }
  expect(proportion(7, 10, { ...of, labels })).toEqual({
    name: 'accuracy',
    attack: 'pgd',
    norm: 'linf',
    epsilon: 0.3,
    value: 0.7,
    n: 10,
    interval: [expect.closeTo(0.3968, 4), expect.closeTo(0.8922, 4)],
    method: 'wilson',
    seed: 3,
    queries: 12,
  })
  expect(proportion(7, 10, of, 'clopper-pearson')).toMatchObject({ method: 'clopper-pearson' })
  expect(medianEstimate([1, 2, 9], of)).toMatchObject({
    value: 2,
    n: 3,
    method: 'order-statistics',
  })
  expect(meanEstimate([1, 2, 9], of)).toMatchObject({ value: 4, n: 3, method: 'bootstrap' })
})

test.each([
  ['no trials', () => proportion(0, 0, of)],
  ['more successes than trials', () => proportion(2, 1, of)],
  ['half a success', () => proportion(0.5, 1, of)],
  ['queries that were not counted', () => proportion(1, 1, { ...of, queries: Number.NaN })],
  ['a seed that cannot be replayed', () => proportion(1, 1, { ...of, seed: 0.5 })],
  ['a median of nothing', () => medianEstimate([], of)],
  ['a mean of nothing', () => meanEstimate([], of)],
])('%s is a bug, not an estimate', (_, make) => {
  expect(make).toThrow(/^bug/)
})
