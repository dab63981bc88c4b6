import { describe, expect, test } from 'vitest'
import { argmaxRows, gather, row, rows, slice, stack } from './rows.ts'
import { sizeOf, tensor } from './tensor.ts'

const batch = tensor([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6))

describe('rows', () => {
  test('a tensor is filled exactly', () => {
    expect(sizeOf([2, 3, 4])).toBe(24)
    expect(sizeOf([])).toBe(1)
    expect(() => tensor([2, 2], new Float32Array(3))).toThrow(/bug/)
  })

  test('count, view, copy and pick samples', () => {
    expect(rows(batch)).toBe(3)
    expect([...row(batch, 1)]).toEqual([3, 4])
    expect(slice(batch, 1, 3)).toEqual(tensor([2, 2], Float32Array.of(3, 4, 5, 6)))
    expect(slice(batch, 1, 1).shape).toEqual([0, 2])
    expect(gather(batch, [2, 0, 2])).toEqual(tensor([3, 2], Float32Array.of(5, 6, 1, 2, 5, 6)))
  })

  test('a row is a view, a slice and a gather are copies', () => {
    const own = tensor([2, 1], Float32Array.of(1, 2))
    slice(own, 0, 2).data[0] = 9
    gather(own, [0]).data[0] = 9
    expect(own.data[0]).toBe(1)
    row(own, 0)[0] = 9
    expect(own.data[0]).toBe(9)
  })

  test('samples outside the batch are a bug', () => {
    expect(() => row(batch, 3)).toThrow(/bug/)
    expect(() => row(batch, -1)).toThrow(/bug/)
    expect(() => slice(batch, 2, 4)).toThrow(/bug/)
    expect(() => gather(batch, [0, 3])).toThrow(/bug/)
  })

  test('stack joins samples of one shape', () => {
    const joined = stack([Float32Array.of(1, 2), Float32Array.of(3, 4)], [1, 2])
    expect(joined).toEqual(tensor([2, 1, 2], Float32Array.of(1, 2, 3, 4)))
    expect(() => stack([Float32Array.of(1)], [2])).toThrow(/bug/)
  })
})

describe('argmaxRows', () => {
  test('gives the first of equals', () => {
    const scores = tensor([3, 3], Float32Array.of(1, 3, 2, 5, 5, 0, -1, -3, -2))
    expect([...argmaxRows(scores)]).toEqual([1, 0, 0])
  })

  test('finds a largest number among infinities', () => {
    const low = Number.NEGATIVE_INFINITY
    expect([...argmaxRows(tensor([2, 2], Float32Array.of(low, low, low, 1)))]).toEqual([0, 1])
  })

  test('gives nobody where a score is not a number', () => {
    const scores = tensor([2, 2], Float32Array.of(1, Number.NaN, Number.NaN, 1))
    expect([...argmaxRows(scores)]).toEqual([-1, -1])
  })
})
