import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paintFor } from './paint.ts'
import { plain } from './plain.ts'
import { table } from './table.ts'
import { fakeWorld } from './world.test-support.ts'

function paintOf(columns: number | undefined) {
  const { world } = fakeWorld()
  const sink = { write: () => undefined, isTTY: columns !== undefined, columns: columns ?? 80 }
  return paintFor(sink, world, false)
}

const columns = [
  { heading: 'name' },
  { heading: 'n', align: 'right' },
  { heading: 'path', isFlexible: true },
] as const

test('columns line up, numbers to the right', () => {
  const rows = [
    ['a', '1', 'x'],
    ['longer', '100', 'y'],
  ]
  expect(table(columns, rows, paintOf(undefined))).toEqual([
    'name      n  path',
    'a         1  x',
    'longer  100  y',
  ])
})

test('a terminal gets lines that fit, a pipe gets all of it', () => {
  const rows = [['a', '1', '/a/very/long/path/that/does/not/fit']]
  const narrow = table(columns, rows, paintOf(24))
  expect(narrow.every((line) => line.length <= 24)).toBe(true)
  expect(narrow[1]).toContain('…')
  expect(table(columns, rows, paintOf(undefined))[1]).toContain('/does/not/fit')
})

test('where not even that fits, each row is a block of lines', () => {
  const rows = [
    ['a name that is needed', '1', '/a/path'],
    ['b', '2', '/b'],
  ]
  expect(table(columns, rows, paintOf(30))).toEqual([
    'name  a name that is needed',
    'n     1',
    'path  /a/path',
    '',
    'name  b',
    'n     2',
    'path  /b',
  ])
})

test('a cell cannot move the cursor, recolour the screen or turn the reading direction', () => {
  const hostile = '\u001b[2Jgone\r\n\u202eevil\u0007'
  const [, line] = table([{ heading: 'x' }], [[hostile]], paintOf(undefined))
  expect(line).toBe('[U+001B][2Jgone[U+000D] [U+202E]evil[U+0007]')
})

test('plain text holds no character that a terminal obeys, and plain text stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plain(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
  expect(plain('Grüße, 世界 🔑 100 %')).toBe('Grüße, 世界 🔑 100 %')
})
