import { expect, test } from 'vitest'
import { limits } from '../limits.ts'
import { LoginLimiter } from './login-limiter.ts'

test('a clock that is set back locks nobody out', () => {
  let now = 1e12
  const limiter = new LoginLimiter(() => now)
  for (let i = 0; i <= limits.loginAttemptsMax; i++) limiter.waitMs('a')
  expect(limiter.waitMs('a')).toBeGreaterThan(0)
  now -= 1e9
  expect(limiter.waitMs('a')).toBe(0)
})

test('an address may try a few times a minute, and again in the next', () => {
  let now = 0
  const limiter = new LoginLimiter(() => now)
  for (let i = 0; i < limits.loginAttemptsMax; i++) expect(limiter.waitMs('a')).toBe(0)
  now = 20_000
  expect(limiter.waitMs('a')).toBe(40_000)
  expect(limiter.waitMs('b')).toBe(0)
  now = 60_000
  expect(limiter.waitMs('a')).toBe(0)
})
