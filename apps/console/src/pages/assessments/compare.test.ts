import type { Estimate } from '@merlon/api'
import { expect, test } from 'vitest'
import { changeOf } from './compare.ts'

const estimate = (low: number, value: number, high: number): Estimate => ({
  name: 'robust accuracy',
  value,
  n: 100,
  interval: [low, high],
  method: 'wilson',
  seed: 0,
  queries: 0,
})

test('a figure has moved only where the intervals do not overlap', () => {
  const before = estimate(0.4, 0.5, 0.6)
  expect(changeOf(before, estimate(0.61, 0.7, 0.8))).toBe('higher')
  expect(changeOf(before, estimate(0.1, 0.2, 0.39))).toBe('lower')
  expect(changeOf(before, estimate(0.6, 0.7, 0.8))).toBe('no difference shown')
  expect(changeOf(before, before)).toBe('no difference shown')
})

test('what was measured once cannot be compared', () => {
  expect(changeOf(estimate(0.4, 0.5, 0.6), undefined)).toBe('not comparable')
  expect(changeOf(undefined, undefined)).toBe('not comparable')
})
