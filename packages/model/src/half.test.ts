import { expect, test } from 'vitest'
import { halfBits, halfValue } from './half.ts'

test.each([
  // IEEE 754-2019, binary16.
  [1, 0x3c00],
  [-2, 0xc000],
  [65_504, 0x7bff],
  [65_519, 0x7bff],
  [65_520, 0x7c00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1 / 3, 0x3555],
  [-0, 0x8000],
  [Number.NEGATIVE_INFINITY, 0xfc00],
])('%d is the half %d', (value, bits) => {
  expect(halfBits(value)).toBe(bits)
})

test('every half that is a number comes back as its own bits', () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const value = halfValue(bits)
    if (!Number.isNaN(value)) expect(halfBits(value)).toBe(bits)
  }
  expect(halfBits(Number.NaN)).toBe(0x7e00)
})

test('half way between two halves the even one is taken', () => {
  const step = 2 ** -10
  expect(halfBits(1 + step / 2)).toBe(0x3c00)
  expect(halfBits(1 + (3 * step) / 2)).toBe(0x3c02)
})
