import { deriveSeed, type Random, seededRandom } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import { describeLong } from '../../../../tools/requirements.ts'
import { gradientRules, operatorsWithGradient } from './gradient-rules.ts'
import { ruleCases } from './rule-cases.test-support.ts'
import {
  centralDifference,
  type Example,
  exampleOf,
  referenceGradients,
  referenceOutputs,
  runtimeGradients,
  runtimeOutputs,
} from './rule-check.test-support.ts'

const casesPerRule = 24
const casesPerRuleLong = 100
const campaignCasesMin = 10_000
const probesPerInput = 12
/** Central differences of five points in double precision reach this. */
const differenceTolerance = 1e-6
/** Single precision against double, relative to the largest gradient. */
const runtimeTolerance = 1e-5
/** In single precision, smaller gradients are judged against this: terms of size one that cancel leave two roundings behind, whatever is left. */
const scaleMin = (2 * 2 ** -23) / runtimeTolerance
/** Of all probes of a rule; more would mean that the differences say nothing. */
const redrawnShareMax = 0.1

test('every rule of the table is held against the reference', () => {
  expect(Object.keys(ruleCases).sort()).toEqual(Object.keys(gradientRules).sort())
  expect(operatorsWithGradient).toEqual(expect.arrayContaining(Object.keys(gradientRules)))
})

/** Checks one probe; a probe that crosses a kink is redrawn elsewhere in the same tensor, a few times. */
function probe(
  example: Example,
  name: string,
  gradient: Float64Array,
  start: number,
  random: Random,
): { readonly error: number | undefined; readonly redrawn: number } {
  const most = Math.max(1e-3, ...gradient.map(Math.abs))
  let index = start
  for (let redrawn = 0; redrawn < 5; redrawn++) {
    const truth = centralDifference(example, name, index)
    if (truth !== undefined) return { error: Math.abs(gradient[index]! - truth) / most, redrawn }
    index = Math.floor(random() * gradient.length)
  }
  return { error: undefined, redrawn: 5 }
}

function* examplesOf(op: string, count: number): Generator<Example & { readonly random: Random }> {
  const draw = ruleCases[op]!
  for (let i = 0; i < count; i++) {
    const random = seededRandom(deriveSeed(i, op))
    yield { ...exampleOf(op, draw(random), random), random }
  }
}

/** The worst error of all probes of a rule, and how many had to be redrawn. */
function worstError(
  op: string,
  count = casesPerRule,
  fault: (gradient: Float64Array) => Float64Array = (same) => same,
) {
  let probes = 0
  let redrawn = 0
  let worst = 0
  for (const example of examplesOf(op, count)) {
    const all = referenceGradients(example)
    for (const [name, { data }] of Object.entries(example.point)) {
      const gradient = fault(all.get(name) ?? new Float64Array())
      expect(gradient.length, `${op} gives ${name} a gradient of its size`).toBe(data.length)
      for (let i = 0; i < Math.min(probesPerInput, data.length); i++) {
        const isSmall = data.length <= probesPerInput
        const start = isSmall ? i : Math.floor(example.random() * data.length)
        const result = probe(example, name, gradient, start, example.random)
        worst = Math.max(worst, result.error ?? 0)
        redrawn += result.redrawn
        probes++
      }
    }
  }
  return { worst, redrawn, probes, redrawnShare: redrawn / probes }
}

function checkDifferences(op: string, count: number) {
  const { worst, redrawnShare, ...counts } = worstError(op, count)
  expect(worst).toBeLessThanOrEqual(differenceTolerance)
  expect(redrawnShare).toBeLessThanOrEqual(redrawnShareMax)
  return counts
}

async function checkRuntime(op: string, count: number): Promise<void> {
  for (const example of examplesOf(op, count)) {
    const truth = referenceGradients(example)
    const most = Math.max(
      scaleMin,
      ...[...truth.values()].flatMap((each) => [...each].map(Math.abs)),
    )
    for (const [name, { data, shape }] of await runtimeGradients(example)) {
      expect(shape).toEqual(example.point[name]!.shape)
      const errors = truth.get(name)!.map((value, i) => Math.abs(value - Number(data[i])))
      expect(Math.max(...errors) / most).toBeLessThanOrEqual(runtimeTolerance)
    }
  }
}

describe.each(Object.keys(gradientRules))('the gradient of %s', (op) => {
  test('is that of central differences in double precision', () => {
    checkDifferences(op, casesPerRule)
  })

  test('is of the function that the runtime computes', async () => {
    for (const example of examplesOf(op, casesPerRule)) {
      const truth = referenceOutputs(example)
      for (const [name, { data, shape }] of Object.entries(await runtimeOutputs(example))) {
        const wanted = truth[name]!
        expect(shape).toEqual(wanted.shape)
        const most = Math.max(1, ...wanted.data.map(Math.abs))
        const errors = wanted.data.map((value, i) => Math.abs(value - Number(data[i])))
        expect(Math.max(0, ...errors) / most).toBeLessThanOrEqual(runtimeTolerance)
      }
    }
  })

  test('is the same in the runtime', () => checkRuntime(op, casesPerRule))
})

describeLong('every rule on many cases', () => {
  const done = { rules: 0, cases: 0, probes: 0, redrawn: 0 }

  test.each(Object.keys(gradientRules))(
    'the gradient of %s',
    async (op) => {
      const { probes, redrawn } = checkDifferences(op, casesPerRuleLong)
      await checkRuntime(op, casesPerRuleLong)
      done.rules++
      done.cases += casesPerRuleLong
      done.probes += probes
      done.redrawn += redrawn
    },
    600_000,
  )

  test('ten thousand cases reach every rule', async ({ annotate }) => {
    await annotate(`${done.cases} cases, ${done.probes} probes, ${done.redrawn} redrawn at kinks`)
    expect(done.rules).toBe(Object.keys(gradientRules).length)
    expect(done.cases).toBeGreaterThanOrEqual(campaignCasesMin)
  })
})

test('a gradient that is off by a hundred-thousandth part would be found', () => {
  expect(
    worstError('Sigmoid', casesPerRule, (gradient) => gradient.map((value) => value * 1.00001))
      .worst,
  ).toBeGreaterThan(differenceTolerance)
})
