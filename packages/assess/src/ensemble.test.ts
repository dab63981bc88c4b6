import { attackCatalogue, noEvidence } from '@merlon/attacks'
import { expect, test } from 'vitest'
import { assess } from './assess.ts'
import { greyOptions } from './grey.test-support.ts'
import { readProgress, writeProgress } from './progress-record.ts'

test('an ensemble has a row for each of its attacks, and says where it did with less', async () => {
  const { autoattack } = attackCatalogue
  const parameters = { steps: 3, queries: 5 }
  const report = await assess(greyOptions({ catalogue: { autoattack }, parameters }))
  const rows = report.estimates.filter(({ name }) => name === 'robust accuracy so far')
  expect(rows.map(({ attack, n }) => [attack, n])).toEqual(
    ['apgd-ce', 'apgd-t', 'fab-t', 'square'].map((part) => [`autoattack, after ${part}`, 10]),
  )
  const whole = report.estimates.find(({ name }) => name === 'robust accuracy')
  expect(rows.at(-1)?.value).toBe(whole?.value)
  expect(rows.reduce((sum, { queries }) => sum + queries, 0)).toBe(whole?.queries)
  expect(report.options.reading).toMatch(/2 classes are too few for targeted dlr/)
})

test('parts and notes survive in a checkpoint', () => {
  const so = {
    done: 1,
    isTried: Uint8Array.of(1),
    isFallen: Uint8Array.of(0),
    isByQueries: Uint8Array.of(0),
    distances: Float64Array.of(Number.POSITIVE_INFINITY),
    costs: Float64Array.of(Number.POSITIVE_INFINITY),
    decibels: Float64Array.of(Number.NaN),
    refused: 0,
    queries: 3,
    evidence: noEvidence,
    examples: [],
    parts: [{ attack: 'square', kept: 1, queries: 3 }],
    notes: ['a sentence'],
  }
  expect(readProgress(JSON.parse(JSON.stringify(writeProgress(so))), 1)).toEqual(so)
})
