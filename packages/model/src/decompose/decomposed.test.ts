import { deriveSeed, seededRandom } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import {
  centralDifference,
  referenceGradients,
  runtimeGradients,
} from '../gradient/rule-check.test-support.ts'
import { decompositionCases } from './cases.test-support.ts'
import { decompositions } from './decomposed.ts'
import { decompositionExample, forwardError } from './decomposition-check.test-support.ts'

const casesPerOperator = 10
const probesPerInput = 4

test('every operator that is written in plain ones is held against the runtime', () => {
  expect(Object.keys(decompositionCases).sort()).toEqual(Object.keys(decompositions).sort())
})

describe.each(Object.keys(decompositions))('%s in plain operators', (key) => {
  const op = key.split(':').at(-1)!
  const exampleAt = (i: number) => {
    const random = seededRandom(deriveSeed(i, key))
    return decompositionExample(op, decompositionCases[key]!(random), random)
  }
  const numbers = Array.from({ length: casesPerOperator }, (_, i) => i)

  test('computes what the runtime computes', async () => {
    for (const i of numbers) {
      expect(await forwardError(await exampleAt(i))).toBeLessThanOrEqual(1e-5)
    }
  })

  test('has the gradient of central differences, in both precisions', async () => {
    for (const i of numbers) {
      const example = await exampleAt(i)
      const all = referenceGradients(example)
      const runtime = await runtimeGradients(example)
      const most = Math.max(1e-3, ...[...all.values()].flatMap((each) => [...each].map(Math.abs)))
      for (const [name, { data }] of Object.entries(example.point)) {
        const gradient = all.get(name) ?? new Float64Array(data.length)
        for (let i = 0; i < Math.min(probesPerInput, data.length); i++) {
          const truth = centralDifference(example, name, i) ?? gradient[i]!
          expect(Math.abs(gradient[i]! - truth) / most).toBeLessThanOrEqual(1e-6)
        }
        const errors = gradient.map((value, i) =>
          Math.abs(value - Number(runtime.get(name)?.data[i] ?? 0)),
        )
        expect(Math.max(...errors) / most).toBeLessThanOrEqual(1e-5)
      }
    }
  })
})
