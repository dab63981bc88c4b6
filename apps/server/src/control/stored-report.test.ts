import { conclude, medianEstimate, proportion, type Report } from '@merlon/core'
import { toJson } from '@merlon/report'
import { expect, test } from 'vitest'
import { StoredReport } from './stored-report.ts'

const share = (epsilon: number) =>
  proportion(7, 10, { name: 'robust accuracy', seed: 1, queries: 20, labels: { epsilon } })
const finding = {
  id: 'one',
  rule: 'evasion/linf',
  severity: 'high',
  title: 'it breaks',
  place: { kind: 'model', path: 'digits.onnx' },
  evidence: 'measured',
  fix: 'harden it',
  references: [],
  effect: 'accepted',
} as const
const report: Report = {
  schema: 'merlon/assess/v1',
  ...conclude({ findings: [finding], skipped: [], failOn: 'medium', interrupted: false }),
  title: 'how it withstands',
  findings: [finding],
  estimates: [
    share(0.1),
    medianEstimate([1, 2, 3, 4, 5, 6, 7, 8], { name: 'median distance', seed: 1, queries: 8 }),
  ],
  skipped: [],
  health: [],
  illustrations: [],
  curves: [
    {
      title: 'Robust accuracy by epsilon',
      axis: 'epsilon',
      series: [{ name: 'pgd', points: [share(0), share(0.1)] }],
    },
  ],
  seed: 1,
  inputs: [{ path: 'digits.onnx', sha256: 'ab' }],
  options: {},
  tool: { name: 'merlon', version: '0' },
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1,
}

test('a report comes out of the store with its curves and with what a baseline accepted', () => {
  const { curves, findings, estimates } = StoredReport.parse(JSON.parse(toJson(report)))
  expect(curves[0]?.series[0]?.points.map(({ epsilon }) => epsilon)).toEqual([0, 0.1])
  expect(findings[0]).toMatchObject({ effect: 'accepted' })
  expect(estimates[1]).toMatchObject({ method: 'order-statistics', n: 8 })
})

test('a report from before there were curves still opens, without any', () => {
  const { curves: _, ...older } = JSON.parse(toJson(report))
  expect(StoredReport.parse(older).curves).toEqual([])
})
