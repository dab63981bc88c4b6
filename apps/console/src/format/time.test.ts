import { describe, expect, test } from 'vitest'
import { formatAge, formatClock, formatInstant, formatInstantBare, zoneName } from './time.ts'

const noon = Date.UTC(2026, 2, 1, 12, 3, 4)

describe('times', () => {
  test('an instant is written with its zone', () => {
    expect(formatInstant(noon, 'UTC')).toBe('2026-03-01 12:03:04 UTC')
    expect(formatInstant(noon, 'Asia/Tokyo')).toBe('2026-03-01 21:03:04 GMT+9')
  })

  test('a bare instant and its zone name make the full one', () => {
    expect(`${formatInstantBare(noon, 'UTC')} ${zoneName(noon, 'UTC')}`).toBe(
      formatInstant(noon, 'UTC'),
    )
  })

  test('midnight is 00, not 24', () => {
    expect(formatClock(Date.UTC(2026, 2, 1), 'UTC')).toBe('00:00:00')
  })

  test.each([
    [0, 'just now'],
    [59_000, '59 s ago'],
    [60_000, '1 min ago'],
    [3_600_000, '1 h ago'],
    [200_000_000, '2 d ago'],
    [-120_000, 'in 2 min'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatAge(noon - ms, noon)).toBe(text)
  })
})
