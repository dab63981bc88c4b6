import { expect, test } from 'vitest'
import { ticksUpTo } from './ticks.ts'

test('an axis has few and round numbers, and reaches nearly to its end', () => {
  expect(ticksUpTo(0.3).map((tick) => Number(tick.toFixed(9)))).toEqual([
    0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3,
  ])
  expect(ticksUpTo(8)).toEqual([0, 2, 4, 6, 8])
  for (const end of [1e-3, 0.07, 1, 17, 255, 1e6]) {
    const ticks = ticksUpTo(end)
    expect(ticks.length).toBeGreaterThanOrEqual(4)
    expect(ticks.length).toBeLessThanOrEqual(8)
    expect(ticks.at(-1)).toBeGreaterThan(end / 2)
  }
})

test('an axis without a length has its beginning alone', () => {
  expect(ticksUpTo(0)).toEqual([0])
  expect(ticksUpTo(Number.NaN)).toEqual([0])
})
