import { describe, expect, test } from 'vitest'
import { distance, normL1, normL2, normLinf } from './norm.ts'
import { tensor } from './tensor.ts'

describe('norms', () => {
  test('agree with the triangle of sides 3, 4 and 5', () => {
    const x = Float32Array.of(3, -4)
    expect([normLinf(x), normL2(x), normL1(x)]).toEqual([4, 5, 7])
  })

  test('are zero for nothing', () => {
    const none = new Float32Array(0)
    expect([normLinf(none), normL2(none), normL1(none)]).toEqual([0, 0, 0])
  })

  test('add in double precision', () => {
    // In single precision 2^24 + 1 is 2^24 again.
    const x = new Float32Array(1001).fill(1)
    x[0] = 2 ** 24
    expect(normL1(x)).toBe(2 ** 24 + 1000)
  })

  test('do not hide a NaN', () => {
    const x = Float32Array.of(1, Number.NaN, 2)
    expect([normLinf(x), normL2(x), normL1(x)]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })
})

test('a distance is the norm of one sample apart from another', () => {
  const a = tensor([2, 2], Float32Array.of(9, 9, 1, 1))
  const b = tensor([2, 2], Float32Array.of(0, 0, 4, -3))
  expect(distance(a, b, 'linf', 1)).toBe(4)
  expect(distance(a, b, 'l2', 1)).toBe(5)
})
