import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateApiKey, hashApiKey, isApiKey, randomToken } from './api-key.ts'
import { equalConstantTime, sha256Hex } from './hash.ts'
import { Secret } from './secret.ts'

describe('an API key', () => {
  test('is 52 characters, begins with its prefix, and is stored as its SHA-256', () => {
    const { key, prefix, hash } = generateApiKey()
    expect(key).toMatch(/^mln_[A-Za-z0-9_-]{48}$/)
    expect(key.startsWith(prefix)).toBe(true)
    expect(prefix).toHaveLength(12)
    expect(hash).toBe(sha256Hex(key))
    expect(hashApiKey(key)).toBe(hash)
    expect(isApiKey(key)).toBe(true)
  })

  test('is never made twice', () => {
    expect(new Set(Array.from({ length: 1000 }, () => generateApiKey().key)).size).toBe(1000)
  })

  test('with any one character changed is refused before any lookup', () => {
    const { key } = generateApiKey()
    for (let i = 0; i < key.length; i++) {
      const other = key[i] === 'a' ? 'b' : 'a'
      expect(isApiKey(key.slice(0, i) + other + key.slice(i + 1))).toBe(false)
    }
    for (const text of ['', 'mln_', ` ${key}`, `${key}\n`, `${key}A`, key.slice(1)]) {
      expect(isApiKey(text)).toBe(false)
    }
  })

  test('is not any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !isApiKey(text)))
  })
})

test('a random token has the length that was asked for', () => {
  expect(randomToken(16)).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(randomToken()).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test('equality in constant time is equality', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(equalConstantTime(a, b)).toBe(Buffer.from(a).equals(Buffer.from(b)))
      expect(equalConstantTime(a, a)).toBe(true)
    }),
  )
})

test('a secret shows itself only when asked', () => {
  const secret = new Secret('hunter2')
  const shown = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret)]
  expect(shown.join()).not.toContain('hunter2')
  expect(secret.reveal()).toBe('hunter2')
})
