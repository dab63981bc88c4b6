import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBundle, parseBundle } from './bundle.ts'
import { encodeFrame, parseFrames } from './journal-frame.ts'
import { parseTilePath, tilePath, widthAt } from './tile-path.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const several = fc.array(bytes, { maxLength: 8 })
const equal = (a: readonly Buffer[], b: readonly Buffer[]) =>
  a.length === b.length && a.every((item, i) => item.equals(b[i]!))

describe('a bundle', () => {
  test('gives back its entries, and only whole ones after a cut', () => {
    fc.assert(
      fc.property(several, fc.nat(), (entries, seed) => {
        const whole = encodeBundle(entries)
        const parsed = parseBundle(whole)
        expect(parsed.strayBytes).toBe(0)
        expect(equal(parsed.entries, entries)).toBe(true)
        const cut = parseBundle(whole.subarray(0, seed % (whole.length + 1)))
        expect(equal(cut.entries, entries.slice(0, cut.entries.length))).toBe(true)
      }),
    )
  })

  test('is read without a crash from any bytes', () => {
    fc.assert(
      fc.property(bytes, (any) => {
        const { entries, strayBytes } = parseBundle(any)
        expect(encodeBundle(entries).length + strayBytes).toBe(any.length)
      }),
    )
  })
})

describe('the journal', () => {
  const framed = (entries: readonly Buffer[], first: number) =>
    Buffer.concat(entries.map((entry, i) => encodeFrame(first + i, entry)))

  test('gives back its records, and drops only an incomplete last one', () => {
    fc.assert(
      fc.property(several, fc.maxSafeNat(), fc.nat(), (entries, index, seed) => {
        const first = Math.max(0, index - 10)
        const whole = framed(entries, first)
        const parsed = parseFrames(whole, first)
        expect(parsed).toMatchObject({ tornBytes: 0, damage: undefined })
        expect(equal(parsed.entries, entries)).toBe(true)
        const length = seed % (whole.length + 1)
        const cut = parseFrames(whole.subarray(0, length), first)
        expect(cut.damage).toBeUndefined()
        expect(equal(cut.entries, entries.slice(0, cut.entries.length))).toBe(true)
        expect(framed(cut.entries, first).length + cut.tornBytes).toBe(length)
      }),
    )
  })

  test('calls any flipped bit damage, at the record where it is, and never an incomplete frame', () => {
    const entries = ['a', 'bc', ''].map((text) => Buffer.from(text))
    const whole = framed(entries, 7)
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const index = 7 + [21, 43, 63].findIndex((end) => bit >> 3 < end)
      expect(parseFrames(flipped, 7)).toMatchObject({ tornBytes: 0, damage: { index } })
    }
  })

  test('is read without a crash from any bytes', () => {
    fc.assert(fc.property(bytes, (any) => parseFrames(any, 0).entries.length <= any.length))
  })
})

describe('a tile path', () => {
  test('is written as the specification has it', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 'entries', index: 0, width: 7 })).toBe('tile/entries/000.p/7')
    // A tree of size 70,000: 273 full tiles and one of width 112; then 1 and one of 17; then one of 1.
    expect([272, 273, 274].map((index) => widthAt(0, index, 70_000))).toEqual([256, 112, 0])
    expect([0, 1, 2].map((index) => widthAt(1, index, 70_000))).toEqual([256, 17, 0])
    expect([0, 1].map((index) => widthAt(2, index, 70_000))).toEqual([1, 0])
    expect([widthAt(0, 0, 256), widthAt(1, 0, 256)]).toEqual([256, 1])
  })

  test('is read back, and only in its one spelling', () => {
    const names = fc.record({
      level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    })
    fc.assert(
      fc.property(names, (name) => {
        expect(parseTilePath(tilePath(name))).toEqual(name)
      }),
    )
    for (const path of [
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/00/000',
      'tile/0/x000/001',
      'tile/0/1',
      'tile/0/000/001',
      'tile/x/000',
      'tile/0/000.p/',
      'checkpoint',
    ]) {
      expect(parseTilePath(path), path).toBeUndefined()
    }
  })
})
