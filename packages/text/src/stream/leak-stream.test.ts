import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeLong } from '../../../../tools/requirements.ts'
import { leakSearch, maskingStream } from '../leaks/find-leaks.ts'
import { maskLeaks } from '../leaks/mask.ts'
import { limits } from '../limits.ts'
import { together } from './leak-stream.ts'

const search = leakSearch()

function streamed(chunks: readonly string[]) {
  const stream = maskingStream()
  return together([...chunks.map((chunk) => stream.push(chunk)), stream.end()])
}

const armoured = (lines: number) =>
  `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(lines)}-----END PRIVATE KEY-----`
const piece = fc.oneof(
  fc.constantFrom(
    'jane@example.com',
    '4111 1111 1111 1111',
    'GB82 WEST 1234 5698 7654 32',
    'api_key = "x8Kq2mWv9ZpL4tRs"',
    `ghp_${'aB3dE6gH9k'.repeat(3)}aB3dE6`,
    Buffer.from('card 4111 1111 1111 1111, mail a@example.com').toString('base64'),
    armoured(4),
    armoured(60),
    `eyJhbGciOiJIUzI1NiJ9x.eyJ${'zdWIiOiIx'.repeat(120)}.${'Q7xZ'.repeat(20)}`,
    'ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ',
    'and so on, '.repeat(30),
    '\n',
    ' ',
    'a'.repeat(300),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.lorem({ maxCount: 30 }),
)
const texts = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(' '))
const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 })

function chunksOf(text: string, sizes: readonly number[]): string[] {
  const chunks: string[] = []
  let at = 0
  for (let i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length]!
    chunks.push(text.slice(at, at + size))
    at += size
  }
  return chunks
}

const equalsWhole = fc.property(texts, cuts, (text, sizes) => {
  const whole = search(text)
  const inChunks = streamed(chunksOf(text, sizes))
  expect(inChunks.leaks).toEqual(whole.leaks)
  expect(inChunks.unread).toEqual(whole.unread)
  expect(inChunks.text).toBe(maskLeaks(text, whole.leaks))
})

describe('a stream', () => {
  test('lets out what the whole text would, for every chunking', () => {
    fc.assert(equalsWhole, { numRuns: 150 })
  })

  test('holds back one window at most', () => {
    const stream = maskingStream()
    const text = 'good morning, '.repeat(200)
    let out = 0
    for (const [i, one] of [...text].entries()) {
      out += stream.push(one).text.length
      expect(i + 1 - out).toBeLessThanOrEqual(limits.tileChars + limits.lookaheadChars)
    }
  })

  test('masks a key that is longer than any window, and lets go what follows it', () => {
    const { text, leaks } = streamed(chunksOf(`the key: ${armoured(200)}\nand so on`, [7]))
    expect(leaks).toHaveLength(1)
    expect(text).not.toContain('MIIE')
    expect(text).toMatch(/^the key: \[private-key\].*and so on$/s)
  })

  test('finds what lies across tiles wherever it lies', () => {
    for (let before = 0; before < 2 * limits.tileChars; before += 7) {
      const { text } = streamed(chunksOf(`${'x '.repeat(before)}jane@example.com said`, [50]))
      expect(text.endsWith('[email] said')).toBe(true)
    }
  })
})

describeLong('ten thousand texts', () => {
  test('come out of a stream as they come out whole', { timeout: 1_200_000 }, () => {
    fc.assert(equalsWhole, { numRuns: 10_000 })
  })
})
