import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toCsv, toJson } from './export.ts'

const columns = [{ id: 'reason', value: (row: { reason: string | number | null }) => row.reason }]
const csvOf = (reason: string | number | null) => toCsv(columns, [{ reason }]).split('\r\n')[1]

describe('export', () => {
  test.each([
    ['=cmd|calc!A1', "'=cmd|calc!A1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(1)', "'@SUM(1)"],
    ['  =1', "'  =1"],
    ['\t=1', "'\t=1"],
    ['＝1', "'＝1"],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ])('%s does not reach a spreadsheet as a formula', (text, written) => {
    expect(csvOf(text)).toBe(written)
  })

  test('harmless text and numbers stay as they are', () => {
    expect(csvOf('shape is [1, 2]')).toBe('"shape is [1, 2]"')
    expect(csvOf('a = b')).toBe('a = b')
    expect(csvOf(-1.5)).toBe('-1.5')
    expect(csvOf(null)).toBe('')
  })

  test('any text comes back from a CSV reader with at most the apostrophe added', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const written = readCell(toCsv(columns, [{ reason: text }]).slice('reason\r\n'.length, -2))
        expect([text, `'${text}`]).toContain(written)
      }),
    )
  })

  test('JSON keeps the values', () => {
    expect(JSON.parse(toJson(columns, [{ reason: '=1' }]))).toEqual([{ reason: '=1' }])
  })
})

/** The one cell of a CSV record, after RFC 4180. */
function readCell(record: string): string {
  return record.startsWith('"') ? record.slice(1, -1).replaceAll('""', '"') : record
}
