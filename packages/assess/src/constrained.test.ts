import { attackCatalogue, parseConstraints } from '@merlon/attacks'
import type { Report } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { assess } from './assess.ts'
import type { AssessOptions } from './assess-options.ts'
import { constrainedCatalogue } from './constrained-catalogue.ts'
import { rowJudge } from './possible-rows.ts'
import { samplesInMemory, templateModel } from './template-model.test-support.ts'

/** Two whole columns from 0 to 10: the model errs where their sum crosses 10, so that a row of sum s costs 11 - s or s - 10. */
const description = {
  columns: [
    { name: 'a', range: [0, 10], step: 1, scale: 1 },
    { name: 'b', range: [0, 10], step: 1, scale: 1 },
    { name: 'fixed', range: [0, 1], change: 'none' },
  ],
}
const constraints = parseConstraints(description)
const model = templateModel(
  [
    [0, 0, 0],
    [10, 10, 0],
  ],
  [3],
)
const data = samplesInMemory(
  tensor([4, 3], Float32Array.of(4, 4, 1, 8, 8, 0, 3, 5, 1, 9, 9, 0)),
  [0, 1, 0, 1],
  2,
  null,
)

function options(change: Partial<AssessOptions> = {}): AssessOptions {
  return {
    model,
    modelPath: 'model.onnx',
    modelSha256: 'a'.repeat(64),
    dataset: data,
    constraints,
    norm: 'l1',
    epsilon: [3],
    seed: 1,
    failOn: 'medium',
    clock: () => 1_700_000_000_000,
    ...change,
  }
}

const figure = (report: Report, name: string) =>
  report.estimates.find((estimate) => estimate.name === name)

describe('an assessment of rows that can exist', () => {
  test('measures what can be counted by hand, and has every row checked', async () => {
    const report = await assess(options())
    // 8 -> 11 and 8 -> 11 cost 3, 16 -> 9 costs 7 and 18 -> 9 costs 9: sums of whole numbers.
    const all = 'robust accuracy at any cost'
    expect(report.estimates.find(({ attack }) => attack?.startsWith('worst'))).toMatchObject({
      name: 'robust accuracy',
      value: 0.5,
      epsilon: 3,
    })
    expect(figure(report, all)).toMatchObject({ value: 0, n: 4 })
    expect(figure(report, 'median cost of rows that fool')?.value).toBeGreaterThanOrEqual(3)
    expect(figure(report, 'median cost of rows that fool')?.value).toBeLessThanOrEqual(7)
    expect(figure(report, 'adversarial rows that meet every constraint')).toMatchObject({
      value: 1,
      n: 4,
    })
    const check = report.health.find(({ name }) => name === 'rows that cannot exist')
    expect(check).toMatchObject({ isHealthy: true, value: 0 })
    expect(report.title).toContain('by rows that can exist')
    expect(report.findings[0]!.evidence).toMatch(/after "[ab]" \d+ -> \d+/)
    expect(report.options.constraints).toBe(
      '3 columns (1 fixed, 0 one-way), 0 one-hot groups, 0 rules',
    )
  })

  test('goes by labels alone where the model gives no more', async () => {
    const { inputShape, classes, labels } = model
    const report = await assess(options({ model: { inputShape, classes, labels } }))
    expect(figure(report, 'robust accuracy at any cost')).toMatchObject({
      value: 0,
      attack: 'constrained-search-labels',
    })
  })

  test.each(['quick', 'deep'] as const)('profile %s holds every row to them', async (profile) => {
    const report = await assess(options({ profile, norm: 'l2', parameters: { queries: 200 } }))
    expect(figure(report, 'adversarial rows that meet every constraint')?.value).toBe(1)
    expect(report.skipped).toEqual([])
  })

  test('refuses data that breaks its own description, and a description of other data', async () => {
    const whole = tensor([1, 3], Float32Array.of(4.5, 4, 1))
    const broken = assess(options({ dataset: samplesInMemory(whole, [0], 2, null) }))
    await expect(broken).rejects.toMatchObject({
      code: 'MODEL_DATA_MISMATCH',
      message: expect.stringContaining('row 0 of memory'),
    })
    const narrow = parseConstraints({ columns: description.columns.slice(0, 2) })
    await expect(assess(options({ constraints: narrow }))).rejects.toThrow('2 columns')
  })

  test('knows no attack whose claim would be another', async () => {
    await expect(assess(options({ attacks: ['autoattack'] }))).rejects.toMatchObject({
      code: 'ATTACK_UNKNOWN',
    })
    const names = Object.keys(constrainedCatalogue(attackCatalogue, constraints))
    expect(names).toContain('pgd')
    expect(names).not.toContain('patch')
  })
})

test('the judge refuses a row that an adversary cannot make, and takes the one beside it', () => {
  const judge = rowJudge(constraints, 'l1')
  const origin = Float32Array.of(4, 4, 1)
  expect(judge(origin, Float32Array.of(5, 6, 1))).toEqual({
    isPossible: true,
    distance: 3,
    cost: 3,
  })
  for (const row of [
    [5.5, 4, 1],
    [5, 11, 1],
    [4, 4, 0],
  ]) {
    expect(judge(origin, Float32Array.from(row)).isPossible).toBe(false)
  }
})
