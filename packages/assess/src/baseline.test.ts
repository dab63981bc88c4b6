import { conclude } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import { assess } from './assess.ts'
import { towardsGrey } from './attacks.test-support.ts'
import { readBaseline } from './baseline.ts'
import { greyOptions } from './grey.test-support.ts'
import { repeated, samplesInMemory } from './template-model.test-support.ts'

const attacks = (reach: number) => ({ pgd: towardsGrey('gradients', 'bounded', { reach }) })
const options = (reach: number, change = {}) =>
  greyOptions({ catalogue: attacks(reach), attacks: ['pgd'], failOn: 'info', ...change })
const reportAt = async (reach: number, change = {}) =>
  JSON.stringify(await assess(options(reach, change)))

describe('a baseline', () => {
  test('accepts what it has too', async () => {
    const alone = await assess(options(0.15))
    expect([alone.findings.length, alone.exitCode]).toEqual([1, 1])
    const baseline = readBaseline(await reportAt(0.15))
    const again = await assess(options(0.15, { baseline }))
    expect(again.findings.map(({ effect }) => effect)).toEqual(['accepted'])
    expect([again.verdict, again.exitCode]).toEqual(['clean', 0])
  })

  test('fails a run whose figures lie below its intervals', async () => {
    const many = samplesInMemory(
      repeated(greyOptions().dataset.read(0, 10).inputs, 200),
      Array.from({ length: 200 }, (_, i) => (i % 10 === 9 ? 1 : i % 2)),
      2,
      [0, 1],
    )
    const baseline = readBaseline(await reportAt(0.08, { dataset: many }))
    const worse = await assess(options(0.3, { dataset: many, baseline }))
    const [finding] = worse.findings.filter(({ rule }) => rule === 'baseline/worse')
    expect(finding).toMatchObject({ effect: 'fails', severity: 'high' })
    expect(finding!.title).toContain('0.5 instead of 0.8')
    expect(worse.exitCode).toBe(1)
    const better = await assess(options(0.01, { dataset: many, baseline, failOn: 'none' }))
    expect(better.exitCode).toBe(0)
  })

  test('fails nothing that it accepts, but new findings fail as ever', async () => {
    const baseline = readBaseline(await reportAt(0.15))
    const wider = await assess(options(0.15, { baseline, epsilon: [0.2, 0.3] }))
    expect(wider.findings.map(({ id, effect }) => [id, effect])).toEqual([
      ['evasion/linf@0.2:model.onnx', undefined],
      ['evasion/linf@0.3:model.onnx', 'accepted'],
    ])
    expect(wider.exitCode).toBe(1)
    expect(conclude({ ...wider, failOn: 'info' }).exitCode).toBe(1)
  })

  test('has a figure that this run lacks: that is not checked', async () => {
    const baseline = readBaseline(await reportAt(0.15, { epsilon: [0.1, 0.3] }))
    const less = await assess(options(0.15, { baseline }))
    expect(less.skipped.map(({ what }) => what)).toEqual([
      'robust accuracy, pgd, linf, epsilon 0.1, which the baseline has',
    ])
    expect(less.exitCode).toBe(3)
  })

  test('of other data compares nothing and accepts nothing', async () => {
    const text = (await reportAt(0.15)).replaceAll('0'.repeat(64), '1'.repeat(64))
    const other = await assess(options(0.15, { baseline: readBaseline(text) }))
    expect(other.findings[0]!.effect).toBeUndefined()
    expect(other.skipped[0]!.why).toContain('other data')
  })

  test.each([
    ['', 'no JSON'],
    ['{', 'no JSON'],
    ['[]', 'it: '],
    ['{"schema": "merlon/scan/v1"}', 'schema: '],
    ['{"schema": "merlon/assess/v1", "findings": [{"id": 3}]}', 'findings.0.id: '],
  ])('%j is refused', (text, why) => {
    expect(() => readBaseline(text)).toThrow(why)
  })
})
