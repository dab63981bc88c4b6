import { type Finding, isFailing, medianEstimate, proportion } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import { type Gate, judgeGates, parseGate } from './gates.ts'

const place = { kind: 'model', path: 'm.onnx' } as const
const robust = (kept: number, n: number, epsilon: number, attack = 'autoattack') =>
  proportion(kept, n, {
    name: 'robust accuracy',
    seed: 1,
    queries: n,
    labels: { attack, norm: 'linf', epsilon },
  })
const gate = (text: string): Gate => parseGate(text)!
const doubt: Finding = {
  id: 'd',
  rule: 'evasion/untrustworthy-measurement',
  severity: 'high',
  title: 'the model hinders attacks',
  place,
  evidence: 'zero gradients: 1',
  fix: 'mend it',
  references: [],
}

describe('a gate', () => {
  test.each([
    ['robust-accuracy<0.4', 'robust-accuracy', undefined, 0.4],
    ['robust accuracy < 40%', 'robust-accuracy', undefined, 0.4],
    ['robust-accuracy@8/255<0.4', 'robust-accuracy', 8 / 255, 0.4],
    ['clean-accuracy<0.95', 'clean-accuracy', undefined, 0.95],
    ['median-distance<1.2', 'median-distance', undefined, 1.2],
  ])('%s is read', (text, metric, epsilon, least) => {
    expect(parseGate(text)).toMatchObject({ metric, epsilon, least })
  })

  test.each(['high', 'medium', ''])('%j is none', (text) => {
    expect(parseGate(text)).toBeUndefined()
  })

  test.each([
    'robust-accuracy>0.4',
    'robustness<0.4',
    'robust-accuracy<',
    'robust-accuracy<40',
    'robust-accuracy<-1',
    'robust-accuracy<1/2/3',
    'robust-accuracy@x<0.4',
    'clean-accuracy@0.1<0.4',
    'median-distance<0',
  ])('%s could not be decided and is refused', (text) => {
    expect(() => parseGate(text)).toThrow(expect.objectContaining({ code: 'GATE_INVALID' }))
  })

  test('fails below its number, and where the samples leave room for that', () => {
    // Wilson: 80 of 200 is [0.335, 0.469]; 100 of 200 is [0.431, 0.569].
    const outcome = (kept: number) =>
      judgeGates([gate('robust-accuracy<0.4')], [robust(kept, 200, 0.3)], [], place)
    expect(outcome(60).findings[0]!.title).toContain('0.3, below the 0.4')
    expect(outcome(85).findings[0]!.title).toContain('too few samples to be sure')
    expect(outcome(100)).toEqual({ findings: [], skipped: [] })
    expect(outcome(60).findings.every((one) => isFailing(one, 'none'))).toBe(true)
  })

  test('holds at every epsilon, or at the one that it names, for the strongest attack', () => {
    const estimates = [
      robust(190, 200, 0.1, 'fgsm'),
      robust(150, 200, 0.1, 'worst of fgsm, pgd'),
      robust(10, 200, 0.3, 'worst of fgsm, pgd'),
    ]
    const failed = (text: string) => judgeGates([gate(text)], estimates, [], place).findings
    expect(failed('robust-accuracy<0.5').map(({ id }) => id)).toEqual([
      'gate/not-met:robust-accuracy<0.5@0.3',
    ])
    expect(failed('robust-accuracy@0.1<0.5')).toEqual([])
    expect(failed('robust-accuracy@0.1<0.8')).toHaveLength(1)
  })

  test('on a median distance is decided by its interval too', () => {
    const of = {
      name: 'median distance',
      seed: 1,
      queries: 9,
      labels: { attack: 'ddn', norm: 'l2' },
    }
    const median = medianEstimate([1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6], of)
    const failed = (text: string) => judgeGates([gate(text)], [median], [], place).findings.length
    expect([failed('median-distance<0.9'), failed('median-distance<1.2')]).toEqual([0, 1])
  })

  test('without a figure is skipped, never passed', () => {
    const { findings, skipped } = judgeGates(
      [gate('median-distance<1')],
      [robust(1, 2, 0.1)],
      [],
      place,
    )
    expect([findings.length, skipped.map(({ what }) => what)]).toEqual([
      0,
      ['the gate median-distance<1'],
    ])
  })

  test('fails on a figure that is high but not to be trusted', () => {
    const { findings } = judgeGates(
      [gate('robust-accuracy<0.4')],
      [robust(200, 200, 0.3)],
      [doubt],
      place,
    )
    expect(findings[0]).toMatchObject({ effect: 'fails', rule: 'gate/not-met' })
    expect(findings[0]!.evidence).toContain('zero gradients: 1')
  })
})
