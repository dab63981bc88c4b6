import { proportion } from '@merlon/core'
import { expect, test } from 'vitest'
import { findingRules } from './finding-rules.ts'
import { evasionSeverity } from './findings.ts'

const share = (successes: number, n: number) =>
  proportion(successes, n, { name: 'accuracy', seed: 0, queries: n })

test.each([
  [0, 200, 'critical'], // at most 0.019
  [0, 10, 'high'], // at most 0.278: ten samples prove less
  [40, 200, 'high'], // at most 0.261
  [120, 200, 'medium'], // at most 0.665
  [175, 200, 'low'], // at most 0.914
  [199, 200, 'info'], // at most 0.999
])('%i of %i standing is %s', (standing, n, severity) => {
  expect(evasionSeverity(share(standing, n), share(n, n))).toBe(severity)
})

test('severity is measured against the clean accuracy, not against 1', () => {
  // At most 0.261 of 0.3: little was lost that the model had.
  expect(evasionSeverity(share(40, 200), share(60, 200))).toBe('low')
})

test('every rule has a page', () => {
  for (const page of Object.values(findingRules)) {
    expect(page.title.length).toBeGreaterThan(10)
    expect(page.meaning.length).toBeGreaterThan(80)
    expect(page.fix.length).toBeGreaterThan(40)
  }
})
