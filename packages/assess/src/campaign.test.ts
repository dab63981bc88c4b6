import type { Json } from '@merlon/core'
import { CodedError, type Report, unattended } from '@merlon/core'
import { rows, type Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { assess } from './assess.ts'
import { towardsGrey } from './attacks.test-support.ts'
import { grey, greyModel, greyOptions } from './grey.test-support.ts'
import { repeated, samplesInMemory } from './template-model.test-support.ts'

const figures = ({ estimates }: Report) =>
  estimates.map(({ name, attack, epsilon, value, n }) => ({ name, attack, epsilon, value, n }))
const find = (report: Report, name: string, attack?: string, epsilon?: number) =>
  report.estimates.find(
    (e) => e.name === name && e.attack === attack && (epsilon ?? e.epsilon) === e.epsilon,
  )

const labelsOf = (count: number) => Array.from({ length: count }, (_, i) => (i % 3 === 1 ? 1 : 0))

describe('a profile', () => {
  test('leaves out what fell before, and labels what an attack left of the rest as that', async () => {
    const seen: number[] = []
    const catalogue = {
      'apgd-ce': towardsGrey('gradients', 'bounded', { reach: 0.15 }),
      square: towardsGrey('scores', 'bounded', { seen: (n) => seen.push(n) }),
    }
    const report = await assess(greyOptions({ catalogue, profile: 'quick' }))
    // Of nine right samples two fall to a reach of 0.15; of the other seven two more fall within 0.3.
    expect(seen).toEqual([7])
    expect(find(report, 'robust accuracy', 'apgd-ce')).toMatchObject({ value: 0.7, n: 10 })
    expect(find(report, 'kept of the remaining', 'square')).toMatchObject({ value: 5 / 7, n: 7 })
    expect(find(report, 'robust accuracy', 'square')).toBeUndefined()
    expect(find(report, 'robust accuracy', 'worst of apgd-ce, square')).toMatchObject({
      value: 0.5,
      n: 10,
      source: 'not AutoAttack',
    })
  })

  test('counts what fell within a smaller epsilon as fallen within a larger one', async () => {
    const seen: number[] = []
    const square = towardsGrey('scores', 'bounded', { seen: (n) => seen.push(n) })
    const report = await assess(
      greyOptions({ catalogue: { square }, profile: 'standard', epsilon: [0.11, 0.3] }),
    )
    expect(seen).toEqual([9, 7])
    expect(find(report, 'robust accuracy', 'square', 0.11)).toMatchObject({ value: 0.7, n: 10 })
    expect(find(report, 'robust accuracy', 'square', 0.3)).toMatchObject({ value: 0.5, n: 10 })
  })

  test('says AutoAttack only where AutoAttack was run', async () => {
    const catalogue = { autoattack: towardsGrey('gradients'), pgd: towardsGrey('gradients') }
    const standard = await assess(greyOptions({ catalogue }))
    expect(standard.title).toContain('(autoattack)')
    expect(find(standard, 'robust accuracy', 'autoattack')!.source).toBeUndefined()
    const named = await assess(greyOptions({ catalogue, attacks: ['pgd'] }))
    expect(named.title).toContain('not AutoAttack')
    expect(find(named, 'robust accuracy', 'pgd')!.source).toBe('not AutoAttack')
  })

  test('takes what the access allows', async () => {
    const catalogue = {
      autoattack: towardsGrey('gradients'),
      square: towardsGrey('scores'),
      'hop-skip-jump': towardsGrey('labels'),
    }
    const { lossGradient: _, ...scores } = greyModel
    const { scores: __, ...labels } = scores
    const names = async (model: typeof labels) => {
      const { estimates, skipped } = await assess(greyOptions({ catalogue, model }))
      expect(skipped).toEqual([])
      return estimates.flatMap(({ attack }) => attack ?? [])
    }
    expect(await names(greyModel)).toEqual(['autoattack'])
    expect(await names(scores)).toEqual(['square'])
    expect(await names(labels)).toEqual(['hop-skip-jump'])
  })

  test('falls back to queries where gradients cannot be had, and is incomplete', async () => {
    const catalogue = { autoattack: towardsGrey('gradients'), square: towardsGrey('scores') }
    const why = 'Foo (node foo_1) has no gradient rule'
    const model = {
      ...greyModel,
      lossGradient: () => Promise.reject(new CodedError('NO_GRADIENT_RULE', why)),
    }
    const report = await assess(greyOptions({ catalogue, model, failOn: 'critical' }))
    expect(report.skipped).toEqual([{ what: 'autoattack (linf, epsilon 0.3)', why }])
    expect(find(report, 'robust accuracy', 'square')).toMatchObject({ value: 0.5 })
    expect(report.exitCode).toBe(3)
    const none = await assess(
      greyOptions({ catalogue, model, attacks: ['autoattack'], fallback: false }),
    )
    expect(none.estimates).toHaveLength(1)
  })

  test('attacks a model that answers otherwise each time in expectation as well', async () => {
    const catalogue = { autoattack: towardsGrey('gradients'), 'eot-pgd': towardsGrey('gradients') }
    let asked = 0
    const scores = async (batch: Tensor) => {
      const steady = await greyModel.scores(batch)
      asked += 1
      return { ...steady, data: steady.data.map((score) => score + asked) }
    }
    const restless = { ...greyModel, scores }
    const noisy = await assess(greyOptions({ catalogue, model: restless }))
    expect(noisy.title).toContain('autoattack, eot-pgd')
    expect((await assess(greyOptions({ catalogue }))).title).not.toContain('eot-pgd')
  })

  test('transfers from a surrogate where there is one, and says which', async () => {
    const seen: unknown[] = []
    const catalogue = {
      square: towardsGrey('scores', 'bounded', { reach: 0.15 }),
      transfer: towardsGrey('labels', 'bounded', { told: (one) => seen.push(one.surrogate) }),
    }
    const surrogate = { model: greyModel, input: { path: 'own.onnx', sha256: 'b'.repeat(64) } }
    const report = await assess(greyOptions({ catalogue, surrogate }))
    expect(seen).toEqual([greyModel])
    expect(report.inputs).toContainEqual(surrogate.input)
    expect(find(report, 'kept of the remaining', 'transfer')).toMatchObject({ value: 5 / 7, n: 7 })
  })

  test('says that gradients mislead where within AutoAttack only queries succeed', async () => {
    const attack = towardsGrey('gradients', 'bounded', { parts: ['apgd-ce', 'square'] })
    const report = await assess(greyOptions({ catalogue: { autoattack: attack } }))
    // Five fall, all to the last part; 4 of 9 would still be surely more than 5 %.
    const [check] = report.health.filter(({ name }) => name === 'masked gradients')
    expect(check).toMatchObject({ isHealthy: false, attack: 'autoattack' })
    const first = towardsGrey('gradients', 'bounded', { parts: ['apgd-ce'] })
    const honest = await assess(greyOptions({ catalogue: { autoattack: first } }))
    expect(honest.health.filter(({ isHealthy }) => !isHealthy)).toEqual([])
  })

  test('looks at fewer samples where the time would not do for all', async () => {
    const many = samplesInMemory(repeated(grey(0.1, 0.9, 0.45), 300), labelsOf(300), 2, [0, 1])
    let now = 0
    // A query takes a millisecond: one for the clean accuracy and one for the attack.
    const labels = (batch: Tensor) => {
      now += rows(batch)
      return greyModel.labels(batch)
    }
    const { lossGradient: _, ...scores } = { ...greyModel, labels }
    const timed = greyOptions({
      catalogue: { square: towardsGrey('scores') },
      model: scores,
      dataset: many,
      samples: 'all',
      profile: 'standard',
      clock: () => now,
    })
    const fewer = await assess({ ...timed, timeBudgetMs: 300 })
    // Four fifths of 300 ms for two queries each.
    expect(fewer.estimates[0]).toMatchObject({ name: 'clean accuracy', n: 120 })
    expect(fewer.skipped).toEqual([])
    const none = await assess({ ...timed, timeBudgetMs: 10 })
    expect(none.skipped.map(({ why }) => why)).toContain('the time budget was used up')
    expect(none.exitCode).toBe(3)
  })
})

describe('an attack of minimal distance', () => {
  const catalogue = { ddn: towardsGrey('gradients', 'minimal'), pgd: towardsGrey('gradients') }

  test('gives its median distance and a curve over all epsilons', async () => {
    const report = await assess(greyOptions({ catalogue, attacks: ['ddn'], epsilon: [0.11, 0.3] }))
    const median = find(report, 'median distance', 'ddn')!
    expect(median).toMatchObject({ n: 9, norm: 'linf', method: 'order-statistics', queries: 9 })
    // The fifth of 0.06, 0.11, 0.21, 0.21, 0.36, 0.36, 0.39, 0.41, 0.41.
    expect(median.value).toBeCloseTo(0.36, 5)
    expect(find(report, 'robust accuracy', 'ddn', 0.3)).toMatchObject({ value: 0.5, n: 10 })
    const curve = report.curves!.find(({ axis }) => axis === 'epsilon')!
    const own = curve.series.find(({ name }) => name === 'ddn')!
    expect(own.points[0]).toMatchObject({ epsilon: 0, value: 0.9 })
    expect(own.points.at(-1)!.value).toBeLessThan(0.3)
    const values = own.points.map(({ value }) => value)
    expect([...values].sort((a, b) => b - a)).toEqual(values)
  })

  test('without a median says so', async () => {
    const blunt = { ddn: towardsGrey('gradients', 'minimal', { reach: 0.15 }) }
    const report = await assess(greyOptions({ catalogue: blunt, attacks: ['ddn'] }))
    expect(find(report, 'median distance', 'ddn')).toBeUndefined()
    expect(report.skipped.map(({ what }) => what)).toEqual(['median distance of ddn (linf)'])
  })

  test('counts in the worst case at each epsilon', async () => {
    const both = { ...catalogue, pgd: towardsGrey('gradients', 'bounded', { reach: 0.08 }) }
    const report = await assess(greyOptions({ catalogue: both, attacks: ['ddn', 'pgd'] }))
    expect(find(report, 'robust accuracy', 'pgd')).toMatchObject({ value: 0.8 })
    expect(find(report, 'robust accuracy', 'worst of ddn, pgd')).toMatchObject({ value: 0.5 })
  })
})

describe('curves', () => {
  test('hold the accuracy of each class', async () => {
    const report = await assess(
      greyOptions({ catalogue: { pgd: towardsGrey('gradients') }, attacks: ['pgd'] }),
    )
    const { series } = report.curves!.find(({ axis }) => axis === 'class')!
    expect(series.map(({ name }) => name)).toEqual(['clean', 'within 0.3'])
    expect(series[0]!.points.map(({ value, n }) => [value, n])).toEqual([
      [1, 5],
      [0.8, 5],
    ])
    expect(series[1]!.points.map(({ value }) => value)).toEqual([0.6, 0.4])
  })
})

describe('a checkpoint', () => {
  const catalogue = {
    pgd: towardsGrey('gradients', 'bounded', { reach: 0.15 }),
    ddn: towardsGrey('gradients', 'minimal'),
    square: towardsGrey('scores'),
  }
  const options = greyOptions({ catalogue, profile: 'deep', epsilon: [0.11, 0.3] })

  test('gives a run that was killed anywhere the same report', async () => {
    const whole = await assess(options)
    const kept: [string, Json][] = []
    const keeping = {
      read: () => undefined,
      write: async (part: string, value: Json) => {
        kept.push([part, JSON.parse(JSON.stringify(value))])
      },
    }
    expect(figures(await assess({ ...options, checkpoint: keeping }))).toEqual(figures(whole))
    expect(kept.length).toBeGreaterThan(4)
    for (let killed = 0; killed <= kept.length; killed++) {
      const left = new Map(kept.slice(0, killed))
      const seen: string[] = []
      const checkpoint = {
        read: (part: string) => left.get(part),
        write: async (part: string) => void seen.push(part),
      }
      expect(await assess({ ...options, checkpoint })).toEqual(whole)
      expect(seen).toEqual(kept.slice(killed).map(([part]) => part))
    }
  })

  test('that was tampered with is refused', async () => {
    for (const value of ['AAAA', 3, null, { done: 3 }]) {
      for (const part of ['probe', 'clean', 'pgd linf 0.11']) {
        const checkpoint = {
          read: (name: string) => (name === part ? value : undefined),
          write: async () => undefined,
        }
        await expect(assess({ ...options, checkpoint })).rejects.toMatchObject({
          code: 'CHECKPOINT_INVALID',
        })
      }
    }
  })

  test('of an interrupted run is what the next one goes on from', async () => {
    const whole = await assess(options)
    const parts = new Map<string, Json>()
    const checkpoint = {
      read: (part: string) => parts.get(part),
      write: async (part: string, value: Json) => void parts.set(part, value),
    }
    const stop = new AbortController()
    const progress = () => {
      if (parts.size === 3) stop.abort()
    }
    const task = { ...unattended, signal: stop.signal, progress }
    expect((await assess({ ...options, checkpoint, task })).exitCode).toBe(130)
    expect(await assess({ ...options, checkpoint })).toEqual(whole)
  })
})
