import { expect, test } from 'vitest'
import { checked } from './check-result.ts'
import { conclude, type Outcome } from './conclusion.ts'
import { type Finding, placeText } from './finding.ts'
import { isAtLeast, type Severity, severities } from './severity.ts'

const finding = (severity: Severity): Finding => ({
  id: 'rule@1:m',
  rule: 'rule',
  severity,
  title: 'it is wrong',
  place: { kind: 'file', path: 'm' },
  evidence: 'seen',
  fix: 'mend it',
  references: [],
})
const accepted: Finding = { ...finding('critical'), effect: 'accepted' }
const gate: Finding = { ...finding('info'), effect: 'fails' }
const nothing: Outcome = { findings: [], skipped: [], failOn: 'medium' }
const skipped = [{ what: 'pgd', why: 'no gradient' }]

test.each<[string, Partial<Outcome>, string, number]>([
  ['nothing', {}, 'clean', 0],
  ['a finding below the threshold', { findings: [finding('low')] }, 'clean', 0],
  ['a finding at the threshold', { findings: [finding('medium')] }, 'findings', 1],
  ['a finding above it', { findings: [finding('critical')] }, 'findings', 1],
  ['something skipped', { skipped }, 'incomplete', 3],
  ['skipped, and a finding below', { skipped, findings: [finding('info')] }, 'incomplete', 3],
  ['skipped, and a finding', { skipped, findings: [finding('high')] }, 'findings', 1],
  ['a finding that the baseline has too', { findings: [accepted] }, 'clean', 0],
  ['a gate that failed', { findings: [gate] }, 'findings', 1],
  ['a gate that failed, severity aside', { findings: [gate], failOn: 'none' }, 'findings', 1],
  ['severity aside', { findings: [finding('critical')], failOn: 'none' }, 'clean', 0],
  ['an error', { failed: true }, 'error', 2],
  ['an error beats findings', { failed: true, findings: [finding('high')] }, 'error', 2],
  [
    'an interrupt beats all',
    { failed: true, interrupted: true, findings: [finding('high')] },
    'incomplete',
    130,
  ],
  ['an interrupt alone', { interrupted: true }, 'incomplete', 130],
])('%s', (_, change, verdict, exitCode) => {
  expect(conclude({ ...nothing, ...change })).toEqual({ verdict, exitCode })
})

test('severities are ordered from worst to least', () => {
  for (const [i, a] of severities.entries()) {
    for (const [j, b] of severities.entries()) expect(isAtLeast(a, b)).toBe(i <= j)
  }
})

test('nothing examined is never clean', () => {
  expect(checked(0, [])).toMatchObject({ status: 'skipped' })
  expect(checked(3, [])).toEqual({ status: 'clean', examined: 3 })
  expect(checked(0, [finding('low')])).toMatchObject({ status: 'findings' })
  expect(() => checked(Number.NaN, [])).toThrow(/bug/)
})

test('a place is one line of text', () => {
  expect(placeText({ kind: 'file', path: 'm.pkl', byteOffset: 0 })).toBe('m.pkl @ byte 0')
  expect(placeText({ kind: 'line', path: 'a.yaml', line: 3, column: 5 })).toBe('a.yaml:3:5')
  expect(placeText({ kind: 'model', path: 'm.onnx', node: 'conv1' })).toBe('m.onnx (node conv1)')
  expect(placeText({ kind: 'sample', path: 'd', index: 0 })).toBe('d [sample 0]')
  expect(placeText({ kind: 'record', log: 'audit', index: 7 })).toBe('audit [record 7]')
  expect(placeText({ kind: 'route', route: '/v2/models/m' })).toBe('/v2/models/m')
})
