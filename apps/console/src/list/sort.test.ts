import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSort, sortRows, sortText } from './sort.ts'

describe('sorting', () => {
  test('absent values come last in both directions', () => {
    const rows = [2, null, 1]
    expect(sortRows(rows, (row) => row, 'asc')).toEqual([1, 2, null])
    expect(sortRows(rows, (row) => row, 'desc')).toEqual([2, 1, null])
  })

  test('numbers inside words are compared as numbers', () => {
    const rows = ['lenet-10', 'lenet-9', 'Lenet-1']
    expect(sortRows(rows, (row) => row, 'asc')).toEqual(['Lenet-1', 'lenet-9', 'lenet-10'])
  })

  test('ties keep their order and the input is not written to', () => {
    const rows = [
      { key: 1, name: 'b' },
      { key: 1, name: 'a' },
    ]
    expect(sortRows(rows, (row) => row.key, 'desc')).toEqual(rows)
    expect(rows[0]!.name).toBe('b')
  })

  test('sorting numbers agrees with a typed array', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (values) => {
        const sorted = sortRows(values, (value) => value, 'asc')
        expect(sorted).toEqual([...Float64Array.from(values).sort()])
      }),
    )
  })

  test('an order survives the address bar, and a made-up column does not', () => {
    const sort = { column: 'latency', direction: 'desc' } as const
    expect(parseSort(sortText(sort), ['latency'])).toEqual(sort)
    expect(parseSort('secret.desc', ['latency'])).toBeUndefined()
    expect(parseSort('latency.sideways', ['latency'])).toBeUndefined()
    expect(parseSort(undefined, ['latency'])).toBeUndefined()
  })
})
