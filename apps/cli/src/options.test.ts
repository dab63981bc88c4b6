import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CliError } from './cli-error.ts'
import type { OptionSpec } from './command.ts'
import { readOption } from './options.ts'

const about = { flags: '-x, --it <X>', summary: 'it' }
const number: OptionSpec = { ...about, kind: 'number', range: [0, Number.MAX_VALUE] }
const integer: OptionSpec = { ...about, kind: 'integer', range: [1, 100] }
const numbers: OptionSpec = { ...about, kind: 'numbers', range: [0, 10] }
const list: OptionSpec = { ...about, kind: 'list' }

describe('a number', () => {
  test.each([
    ['0.3', 0.3],
    ['.5', 0.5],
    ['1e-3', 0.001],
    ['8/255', 8 / 255],
    [' 2 ', 2],
  ])('is read from %j', (text, value) => {
    expect(readOption(number, text, undefined)).toBe(value)
  })

  test.each(['', 'x', '0x10', '1,5', '1/0', '-1', 'NaN', 'Infinity', '1e999', '1 2', '1/2/3'])(
    'is not read from %j',
    (text) => {
      expect(() => readOption(number, text, undefined)).toThrow(CliError)
    },
  )

  test('that is whole stays so, in its range', () => {
    expect(readOption(integer, '100', undefined)).toBe(100)
    for (const text of ['0', '101', '1.5', '1/2']) {
      expect(() => readOption(integer, text, undefined)).toThrow('--it')
    }
  })

  test('that counts may also be the word all', () => {
    const count: OptionSpec = { ...about, kind: 'count', range: [1, 100] }
    expect(readOption(count, '7', undefined)).toBe(7)
    expect(readOption(count, 'all', undefined)).toBe('all')
    for (const text of ['0', '1.5', 'All', 'none']) {
      expect(() => readOption(count, text, undefined)).toThrow('or all')
    }
  })

  test('as JavaScript prints it is read back', () => {
    const doubles = fc.double({ min: 0, max: 1e300, noNaN: true })
    fc.assert(
      fc.property(doubles, (value) => {
        expect(readOption(number, String(value), undefined)).toBe(Object.is(value, -0) ? 0 : value)
      }),
    )
  })
})

describe('a list', () => {
  test('of numbers is split at commas', () => {
    expect(readOption(numbers, '0.1,8/255, 2', undefined)).toEqual([0.1, 8 / 255, 2])
    expect(() => readOption(numbers, '0.1,,2', undefined)).toThrow('several with commas')
    expect(() => readOption(numbers, '0.1,11', undefined)).toThrow('from 0 to 10')
  })

  test('of words is split at commas and grows when the option is repeated', () => {
    expect(readOption(list, 'b, c', readOption(list, 'a', undefined))).toEqual(['a', 'b', 'c'])
    expect(() => readOption(list, 'a,', undefined)).toThrow('--it')
    expect(() => readOption(list, 'x,'.repeat(200), undefined)).toThrow('--it')
  })
})

test('any text gives a value or a coded error, never a crash', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(number, integer, numbers, list), (text, spec) => {
      try {
        readOption(spec, text, undefined)
      } catch (error) {
        expect(error).toBeInstanceOf(CliError)
      }
    }),
  )
})
