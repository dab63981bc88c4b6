import { CodedError, type Report, unattended } from '@merlon/core'
import { type Tensor, tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { assess } from './assess.ts'
import type { AssessOptions } from './assess-options.ts'
import { repeated, samplesInMemory, templateModel } from './template-model.test-support.ts'

/**
 * Two templates on a 2 x 2 image: all dark and all light. The model errs where the mean crosses 1/2, so
 * linf epsilon fools exactly the samples whose mean is less than epsilon away from it.
 */
const model = templateModel(
  [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ],
  [1, 2, 2],
)
const grey = (...means: number[]): Tensor =>
  tensor([means.length, 1, 2, 2], Float32Array.from(means.flatMap((m) => [m, m, m, m])))
/** Two fall at 0.1, four at 0.3; the last is wrong from the start. */
const means = [0.1, 0.9, 0.45, 0.6, 0.3, 0.7, 0.15, 0.85, 0.12, 0.2]
const labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
const data = samplesInMemory(grey(...means), labels, 2, [0, 1])

function options(change: Partial<AssessOptions> = {}): AssessOptions {
  return {
    model,
    modelPath: 'model.onnx',
    modelSha256: 'a'.repeat(64),
    dataset: data,
    attacks: ['fgsm', 'pgd'],
    norm: 'linf',
    epsilon: [0.3],
    seed: 1,
    failOn: 'medium',
    clock: () => 1_700_000_000_000,
    ...change,
  }
}

const figure = (report: Report, attack?: string, epsilon?: number) =>
  report.estimates.find(
    (e) => e.attack === attack && (epsilon === undefined || e.epsilon === epsilon),
  )

describe('assess', () => {
  test('measures what can be counted by hand', async () => {
    const report = await assess(options({ epsilon: [0.11, 0.3] }))
    expect(figure(report)).toMatchObject({ name: 'clean accuracy', value: 0.9, n: 10, queries: 10 })
    for (const attack of ['fgsm', 'pgd', 'worst of fgsm, pgd']) {
      expect(figure(report, attack, 0.11)).toMatchObject({
        value: 0.7,
        n: 10,
        norm: 'linf',
        seed: 1,
      })
      expect(figure(report, attack, 0.3)).toMatchObject({ value: 0.5, n: 10 })
    }
    // Nine right samples at two queries each.
    expect(figure(report, 'fgsm', 0.3)!.queries).toBe(18)
    const all = figure(report, 'worst of fgsm, pgd', 0.3)!
    expect(all.queries).toBe(18 + figure(report, 'pgd', 0.3)!.queries)
    expect(all.method).toBe('wilson')
  })

  test('reports the loss as a finding with its place, evidence and catalogue pages', async () => {
    const { findings, verdict, exitCode, skipped } = await assess(options({ failOn: 'info' }))
    expect(skipped).toEqual([])
    expect([verdict, exitCode]).toEqual(['findings', 1])
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({
      id: 'evasion/linf@0.3:model.onnx',
      rule: 'evasion/linf',
      place: { kind: 'model', path: 'model.onnx' },
      title: 'within linf 0.3 of its inputs the model is right on 50.0 % instead of 90.0 %',
    })
    expect(findings[0]!.evidence).toContain('at most 0.500 [0.237, 0.763] of n = 10')
    expect(findings[0]!.evidence).toContain('sample 2, a 0, was taken for 1')
    expect(findings[0]!.references.map(({ id }) => id)).toEqual([
      'AML.T0043',
      'AML.T0015',
      'ML01:2023',
    ])
  })

  test('says in its title that the figures are upper bounds, and names findings without folders', async () => {
    const report = await assess(options({ modelPath: '/srv/models/model.onnx' }))
    expect(report.title).toBe(
      'How model.onnx withstands evasion on memory: upper bounds of its robust accuracy (fgsm, pgd; not AutoAttack)',
    )
    expect(report.findings[0]!.id).toBe('evasion/linf@0.3:model.onnx')
  })

  test('finds nothing where nothing falls, and is clean', async () => {
    const report = await assess(options({ epsilon: [0.01], failOn: 'info' }))
    expect(report).toMatchObject({ findings: [], skipped: [], verdict: 'clean', exitCode: 0 })
    expect(report.health.every(({ isHealthy }) => isHealthy)).toBe(true)
  })

  test('is the same twice but for the time', async () => {
    let now = 0
    const clock = () => (now += 1234)
    const [first, second] = [await assess(options({ clock })), await assess(options({ clock }))]
    const { startedAt: a, durationMs: _, ...left } = first
    const { startedAt: b, durationMs: __, ...right } = second
    expect(left).toEqual(right)
    expect(a).not.toBe(b)
  })

  test('says how many samples it looked at', async () => {
    const many = samplesInMemory(repeated(grey(...means), 1500), labelsOf(1500), 2, [0, 1])
    const few = await assess(options({ dataset: many, attacks: ['fgsm'] }))
    expect(figure(few)!.n).toBe(1000)
    expect(few.options.samples).toBe('the first 1000 of 1500')
    const all = await assess(options({ dataset: many, attacks: ['fgsm'], samples: 'all' }))
    // Ten samples repeat, so that batches cannot shift a count.
    expect(figure(all, 'fgsm')).toMatchObject({ value: 0.5, n: 1500 })
  })

  test('shows fallen samples as pictures, at most 24 and of as many classes as fell', async () => {
    const many = samplesInMemory(repeated(grey(...means), 100), labelsOf(100), 2, [0, 1])
    const { illustrations } = await assess(options({ dataset: many }))
    expect(illustrations.flatMap(({ rows }) => rows)).toHaveLength(24)
    for (const { rows } of illustrations) {
      const classes = new Set(rows.map(({ label }) => /: (\d)/.exec(label)![1]))
      expect(classes).toEqual(new Set(['0', '1']))
    }
    const [first] = illustrations
    expect(first!.rows[0]!.label).toBe('sample 2: 0 taken for 1')
    const [original, adversarial, difference] = first!.rows[0]!.pictures
    expect([...original!.pixels]).toEqual([115, 115, 115, 115])
    expect([...adversarial!.pixels]).toEqual([191, 191, 191, 191])
    // 0.3 magnified 1.6 times around grey.
    expect([...difference!.pixels]).toEqual([250, 250, 250, 250])
    expect(first!.columns[2]).toBe('difference x 1.6')
    expect(original).toMatchObject({ width: 2, height: 2, channels: 1 })
  })

  test('draws no pictures of tables, and clips nothing where there is no range', async () => {
    const table = samplesInMemory(tensor([2, 4], new Float32Array(8).fill(-3)), [0, 0], 2, null)
    const report = await assess(options({ dataset: table, model: flatModel, epsilon: [4] }))
    expect(report.illustrations).toEqual([])
    expect(figure(report, 'pgd')).toMatchObject({ value: 0 })
  })
})

const flatModel = templateModel(
  [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ],
  [4],
)

function labelsOf(count: number): number[] {
  return Array.from({ length: count }, (_, i) => labels[i % labels.length]!)
}

describe('an assessment that cannot be whole says so', () => {
  test('a model without gradients has its attacks listed as skipped', async () => {
    const { lossGradient: _, ...scores } = model
    const report = await assess(options({ model: scores }))
    expect(report.skipped.map(({ what }) => what)).toEqual([
      'fgsm (linf, epsilon 0.3)',
      'pgd (linf, epsilon 0.3)',
    ])
    expect(report).toMatchObject({ verdict: 'incomplete', exitCode: 3, findings: [] })
    expect(figure(report)).toMatchObject({ value: 0.9 })
  })

  test.each(['NO_GRADIENT_RULE', 'NO_GRADIENT_PATH'])(
    'what has no gradient (%s) is named in what was skipped',
    async (code) => {
      const sentence = 'Foo (node foo_1) has no gradient rule'
      const ruleless = {
        ...model,
        lossGradient: () => Promise.reject(new CodedError(code, sentence)),
      }
      const report = await assess(options({ model: ruleless }))
      expect(report.skipped).toHaveLength(2)
      expect(report.skipped[0]!.why).toBe(sentence)
      expect(report.exitCode).toBe(3)
    },
  )

  test('any other failure of the model is not swallowed', async () => {
    const broken = { ...model, lossGradient: () => Promise.reject(new Error('out of memory')) }
    await expect(assess(options({ model: broken }))).rejects.toThrow('out of memory')
  })

  test('an interrupted run keeps what is done and marks the rest', async () => {
    const many = samplesInMemory(repeated(grey(...means), 600), labelsOf(600), 2, [0, 1])
    const stop = new AbortController()
    let runs = 0
    const stopping = {
      ...model,
      lossGradient: (batch: Tensor, truth: Int32Array) => {
        runs += 1
        if (runs === 6) stop.abort(new Error('ctrl-c'))
        return model.lossGradient(batch, truth)
      },
    }
    const task = { ...unattended, signal: stop.signal }
    const report = await assess(options({ dataset: many, model: stopping, task }))
    expect(report).toMatchObject({ exitCode: 130, verdict: 'incomplete' })
    // The probe takes a run and two batches of 128 take four; the sixth run's batch does not count. One sample in ten
    // is wrong from the start, so that 256 attacked ones reach to the 284th.
    expect(figure(report, 'fgsm')).toMatchObject({ n: 284 })
    expect(figure(report, 'pgd')).toBeUndefined()
    expect(report.skipped).toEqual([
      { what: 'fgsm (linf, epsilon 0.3) on samples 284 to 599', why: 'the run was interrupted' },
      { what: 'pgd (linf, epsilon 0.3)', why: 'the run was interrupted' },
    ])
  })

  test('an attack without a sample or without room tested nothing, which is not clean', async () => {
    const swapped = samplesInMemory(grey(0.1, 0.9), [1, 0], 2, [0, 1])
    const failOn = 'high' as const
    const cases = [
      [{ dataset: swapped }, /right on none/],
      [{ epsilon: [0] }, /no room/],
    ] as const
    for (const [change, why] of cases) {
      const report = await assess(options({ ...change, attacks: ['fgsm'], failOn }))
      expect(report).toMatchObject({ verdict: 'incomplete', exitCode: 3 })
      expect(report.skipped.map((skip) => skip.why)).toEqual([expect.stringMatching(why)])
    }
    const baseline = await assess(options({ epsilon: [0, 0.01] }))
    expect(baseline).toMatchObject({ skipped: [], verdict: 'clean' })
  })

  test('a health check says at which epsilon, where there are several', async () => {
    const { health } = await assess(options({ epsilon: [0.11, 0.3] }))
    const rows = health.map(({ attack, name }) => `${attack}: ${name}`)
    expect(new Set(rows).size).toBe(rows.length)
    expect(rows).toContain('pgd at epsilon 0.3: vanished gradients')
  })

  test('a run that was stopped before it began measures nothing and says so', async () => {
    const stop = new AbortController()
    stop.abort()
    const report = await assess(options({ task: { ...unattended, signal: stop.signal } }))
    expect(report).toMatchObject({ estimates: [], exitCode: 130 })
    expect(report.skipped).toHaveLength(3)
  })

  test('progress rises to its end in planned queries', async () => {
    const seen: number[] = []
    let all = 0
    const progress = (done: number, total: number) => {
      seen.push(done)
      all = total
    }
    await assess(options({ task: { ...unattended, progress } }))
    expect(all).toBe(10 + 10 * 2 + 10 * 41)
    expect(seen.at(-1)).toBe(all)
    expect([...seen].sort((a, b) => a - b)).toEqual(seen)
  })
})

describe('a measurement that cannot be trusted is a finding', () => {
  const unhealthy = (report: Report) =>
    report.health
      .filter(({ isHealthy }) => !isHealthy)
      .map(({ attack, name }) => `${attack}: ${name}`)

  test('vanished gradients', async () => {
    const masked = {
      ...model,
      lossGradient: async (batch: Tensor, truth: Int32Array) => ({
        ...(await model.lossGradient(batch, truth)),
        gradient: tensor(batch.shape, new Float32Array(batch.data.length)),
      }),
    }
    const report = await assess(options({ model: masked, attacks: ['fgsm'] }))
    expect(unhealthy(report)).toEqual([
      'none: zero gradients',
      'none: gradients no better than noise',
      'fgsm: vanished gradients',
      'fgsm: loss never rose',
    ])
    expect(report.findings).toHaveLength(2)
    expect(report.findings[1]).toMatchObject({
      rule: 'evasion/untrustworthy-measurement',
      severity: 'high',
      evidence: 'vanished gradients: 1 (at most 0.05); loss never rose: 1 (at most 0.1)',
    })
    expect(report.exitCode).toBe(1)
  })

  test('a stepwise attack that does worse than one step', async () => {
    // The gradient is there on the samples themselves only: what a randomised or shattered model does.
    const isOriginal = (batch: Tensor) => means.some((m) => Math.fround(m) === batch.data[0])
    const shattered = {
      ...model,
      lossGradient: async (batch: Tensor, truth: Int32Array) => {
        const answer = await model.lossGradient(batch, truth)
        if (isOriginal(batch)) return answer
        return { ...answer, gradient: tensor(batch.shape, new Float32Array(batch.data.length)) }
      },
    }
    const report = await assess(options({ model: shattered }))
    expect(unhealthy(report)).toContain('pgd: weaker than one step')
  })

  test('inputs outside the declared range', async () => {
    const outside = samplesInMemory(grey(...means.map((m) => 2 * m)), labels, 2, [0, 1])
    const report = await assess(options({ dataset: outside }))
    expect(unhealthy(report)).toContain('fgsm: inputs outside the range')
  })

  test('a model that does no better than guessing', async () => {
    // Labels that have nothing to do with the samples, and as little with their negatives.
    const random = [0, 0, 1, 1, 1, 0, 1, 0, 1, 0]
    const report = await assess(
      options({ dataset: samplesInMemory(grey(...means), random, 2, [0, 1]) }),
    )
    expect(unhealthy(report)).toContain('none: clean errors')
    expect(unhealthy(report)).not.toContain('none: data in another form')
    expect(report.findings.map(({ rule }) => rule)).toContain('evasion/untrustworthy-measurement')
  })

  test('samples of one class only', async () => {
    const dark = samplesInMemory(grey(0.1, 0.2, 0.1), [0, 0, 0], 2, [0, 1])
    expect(unhealthy(await assess(options({ dataset: dark })))).toEqual(['none: one class only'])
  })
})
