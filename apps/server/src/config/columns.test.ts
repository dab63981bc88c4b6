import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { constraintsOf } from './columns.ts'
import { ConfigError, readColumns, readConfig } from './read-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'merlon-columns-'))
let count = 0
const write = (text: string) => {
  const path = join(folder, `columns-${count++}.yaml`)
  writeFileSync(path, text)
  return path
}

const credit = `age: { range: [18, 100], step: 1, change: none }
amount: { range: [100, 20000], step: 1, scale: 1000 }
duration: { range: [1, 72], step: 1, change: rise }
"job: none": { oneHot: job }
"job: clerk": { oneHot: job, change: none }
monthly: { range: [0, 20000], ratio: [amount, duration] }
due: { range: [0, 100], atMost: duration, gap: 1 }
`

describe('a description of columns', () => {
  test('becomes constraints in the order of the features', async () => {
    const columns = await readColumns(write(credit))
    const names = ['monthly', 'age', 'job: clerk', 'amount', 'duration', 'job: none', 'due']
    const { columns: parsed, oneHot, rules } = constraintsOf(columns, names)
    expect(parsed.map(({ name }) => name)).toEqual(names)
    expect(parsed[3]).toEqual({
      name: 'amount',
      low: 100,
      high: 20000,
      step: 1,
      change: 'free',
      scale: 1000,
    })
    expect(parsed[2]).toMatchObject({ low: 0, high: 1, change: 'none' })
    expect(oneHot).toEqual([[2, 5]])
    expect(rules).toEqual([
      { kind: 'ratio', column: 0, numerator: 3, denominator: 4 },
      { kind: 'at-most', lesser: 6, greater: 4, gap: 1 },
    ])
  })

  test('stands in its own order for a table without headings', async () => {
    const columns = await readColumns(write('{"b": {"range": [0, 1]}, "a": {"range": [0, 2]}}'))
    expect(constraintsOf(columns, []).columns.map(({ name }) => name)).toEqual(['b', 'a'])
  })

  test('is refused where it is not of these features', async () => {
    const columns = await readColumns(write('age: { range: [0, 1] }\nagee: { range: [0, 1] }\n'))
    expect(() => constraintsOf(columns, ['age', 'amount'])).toThrow(
      /"amount" that the description leaves out/,
    )
    expect(() => constraintsOf(columns, ['age'])).toThrow(/"agee" .*did you mean "age"\?/)
  })
})

describe('a mistake is said with its place and what was meant', () => {
  test.each([
    ['age: { rnge: [0, 1] }\n', '1:8', 'did you mean "range"?'],
    ['age: { range: [0, 1], chang: none }\n', '1:23', 'did you mean "change"?'],
    ['age:\n  range: [0, 1]\n  atMost: agee\n', '3:11', 'did you mean "age"?'],
    ['age: { range: [1, 0] }\n', '1:6', 'range must be [low, high]'],
    ['age: { step: 1 }\n', '1:6', 'range is needed'],
    ['age: { range: [0, 1], gap: 1 }\n', '1:6', 'gap belongs to atMost'],
    ['age: { oneHot: a, range: [0, 2] }\n', '1:6', 'has the range [0, 1]'],
    ['age: { range: [0, 1], change: sideways }\n', '1:31', 'change'],
  ])('%s', async (text, place, message) => {
    const error: unknown = await readColumns(write(text)).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConfigError)
    const said = (error as ConfigError).problems.map((p) => `${p.line}:${p.column} ${p.message}`)
    expect(said[0]).toContain(message)
    expect(said[0]).toMatch(new RegExp(`^${place} `))
  })

  test('in merlon.yaml too', async () => {
    const text =
      'version: 1\nroutes: {}\ndatasets:\n  t:\n    path: t.csv\n    columns:\n      a: { range: [0, 1], stepp: 1 }\n'
    await expect(readConfig(write(text))).rejects.toThrow(
      /:7:27: unknown key "stepp", did you mean "step"\?/,
    )
  })
})
