import { expect, test } from 'vitest'
import { rateAt, scheduleNames } from './schedule.ts'

const rates = (name: (typeof scheduleNames)[number], steps = 100) =>
  Array.from({ length: steps }, (_, step) => rateAt(name, 2, step, steps))

test('a constant rate stays, a step falls to a tenth twice', () => {
  expect(new Set(rates('constant'))).toEqual(new Set([2]))
  const step = rates('step')
  expect([step[49], step[50], step[75]]).toEqual([2, 0.2, expect.closeTo(0.02, 12)])
})

test('a cosine begins at the rate, is half of it half way, and ends near nothing', () => {
  const cosine = rates('cosine')
  expect(cosine[0]).toBe(2)
  expect(cosine[50]).toBeCloseTo(1, 12)
  // 1 + cos(pi 99 / 100), by the series: (pi / 100)^2 / 2.
  expect(cosine[99]).toBeCloseTo((Math.PI / 100) ** 2 / 2, 6)
})

// torch.optim.lr_scheduler.OneCycleLR(max_lr=2, total_steps=101, anneal_strategy='cos'), which counts one step less, after Smith and Topin.
test('one cycle begins at a 25th, is highest after 30 %, and ends at a 250,000th', () => {
  const cycle = rates('one-cycle')
  expect(cycle[0]).toBeCloseTo(2 / 25, 12)
  expect(cycle[15]).toBeCloseTo((2 + 2 / 25) / 2, 12)
  expect(cycle[30]).toBe(2)
  expect(cycle[65]).toBeCloseTo((2 + 8e-6) / 2, 12)
  expect(cycle[99]).toBeLessThan(0.002)
  expect(Math.max(...cycle)).toBe(2)
})

test('a warm-up climbs in a line to the rate, and a cosine leads down from there', () => {
  const warm = rates('warm-up')
  expect(warm[0]).toBeCloseTo(0.02, 12)
  expect(warm[5]).toBeCloseTo((0.02 + 2) / 2, 12)
  expect(warm[10]).toBe(2)
  expect(warm[55]).toBeCloseTo(1, 12)
})

test('every rate of every schedule is above zero and at most the stated one', () => {
  for (const name of scheduleNames) {
    for (const steps of [1, 2, 7, 1000]) {
      for (const rate of rates(name, steps)) {
        expect(rate).toBeGreaterThan(0)
        expect(rate).toBeLessThanOrEqual(2)
      }
    }
  }
})
