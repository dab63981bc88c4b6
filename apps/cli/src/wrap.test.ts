import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { paintFor } from './paint.ts'
import { hang } from './wrap.ts'

const terminal = (columns: number) =>
  paintFor({ write: () => undefined, isTTY: true, columns }, { env: {} } as never, false)
const program = paintFor(
  { write: () => undefined, isTTY: false, columns: 80 },
  { env: {} } as never,
  false,
)

describe('a text behind a head', () => {
  test('hangs below its own beginning on a terminal', () => {
    const layout = { head: '  fix      ', headLength: 11, indent: 11 }
    expect(hang(layout, 'Harden the model and assess it again', terminal(36))).toEqual([
      '  fix      Harden the model and',
      '           assess it again',
    ])
  })

  test('stays one line where the reader is a program', () => {
    const text = 'word '.repeat(100).trim()
    expect(hang({ head: '- ', headLength: 2, indent: 2 }, text, program)).toEqual([`- ${text}`])
  })

  test('keeps every word and never passes the width, unless a word does', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(words, fc.integer({ min: 44, max: 160 }), (list, width) => {
        const lines = hang({ head: 'high rule ', headLength: 10, indent: 2 }, list.join(' '), {
          ...terminal(width),
        })
        expect(lines.join(' ').split(/ +/).slice(2)).toEqual(list)
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
      }),
    )
  })
})
