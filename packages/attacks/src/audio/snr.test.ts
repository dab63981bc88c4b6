import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { radiusOfSnr, snrDecibels } from './snr.ts'

const clean = tensor([3, 2], Float32Array.of(3, 4, 0, 0, 1, 0))

test('the ratio is ten times the logarithm of energies', () => {
  // 25 / 0.25 = 100 = 20 dB
  const made = tensor([3, 2], Float32Array.of(3.5, 4, 0, 1, 1, 0))
  expect(snrDecibels(made, clean, 0)).toBeCloseTo(20, 10)
  expect(snrDecibels(made, clean, 1)).toBe(Number.NEGATIVE_INFINITY)
  expect(snrDecibels(made, clean, 2)).toBe(Number.POSITIVE_INFINITY)
})

test('the radius of a ratio is where the ratio is reached', () => {
  const radius = radiusOfSnr(clean, 0, 14)
  const made = tensor([3, 2], Float32Array.of(3, 4 - radius, 0, 0, 1, 0))
  expect(snrDecibels(made, clean, 0)).toBeCloseTo(14, 5)
})
