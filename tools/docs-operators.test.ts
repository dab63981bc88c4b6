import { readFileSync } from 'node:fs'
import { endingOperators, operatorsWithGradient } from '@merlon/model'
import { expect, test } from 'vitest'
import { formulaOf, operatorsPage, operatorsReference } from './docs-operators.ts'

test('the reference of operators is what the rule tables say', () => {
  expect(readFileSync(operatorsPage, 'utf8')).toBe(operatorsReference())
})

test('every operator with a gradient stands in it once', () => {
  const page = operatorsReference()
  for (const op of operatorsWithGradient) {
    if (op !== 'Constant') expect(page.split(`| \`${op}\` |`), op).toHaveLength(2)
  }
  expect(operatorsWithGradient.filter((op) => endingOperators.has(op))).toEqual([])
})

test('every row says its formula', () => {
  const rows = operatorsReference().match(/^\| `.*$/gm) ?? []
  expect(rows.length).toBeGreaterThan(50)
  expect(rows.filter((row) => /\| +\|$/.test(row))).toEqual([])
})

test('a formula is the comment of the row, or else that of its rule', () => {
  const text =
    "/** y = x. */\nconst same = 1\nexport const t = {\n  A: same,\n  // a'\n  // = 1\n  'n:B': same,\n  C: f(),\n}\n"
  expect(['A', 'n:B', 'C', 'D'].map((key) => formulaOf(text, key))).toEqual([
    'y = x.',
    "a' = 1",
    '',
    undefined,
  ])
})
