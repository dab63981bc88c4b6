import { describe, expect, test } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatNumber,
  formatShape,
  formatShare,
} from './quantity.ts'

describe('quantities', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [1024 * 1024 - 1, '1.00 MiB'],
    [45 * 2 ** 20, '45.0 MiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test.each([
    [0, '< 1 ms'],
    [3, '3 ms'],
    [0.417, '0.42 ms'],
    [12.34, '12.3 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [59_960, '1 min 0 s'],
    [3_725_000, '1 h 2 min'],
  ])('%d milliseconds are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('a share of one is a percentage with one decimal', () => {
    expect(formatShare(0.87)).toBe('87.0 %')
    expect(formatShare(0)).toBe('0.0 %')
  })

  test('a size that is not fixed is n', () => {
    expect(formatShape([-1, 1, 28, 28])).toBe('n × 1 × 28 × 28')
    expect(formatShape([])).toBe('scalar')
  })

  test('one is singular', () => {
    expect([0, 1, 1200].map((count) => formatCountOf(count, 'record'))).toEqual([
      '0 records',
      '1 record',
      '1,200 records',
    ])
  })

  test('counts group their thousands and numbers keep four digits', () => {
    expect(formatCount(1234567)).toBe('1,234,567')
    expect(formatNumber(0.123456)).toBe('0.1235')
    expect(formatNumber(Number.NaN)).toBe('NaN')
  })
})
