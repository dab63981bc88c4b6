import { deriveSeed, seededRandom } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import { decompositionCases } from './cases.test-support.ts'
import { decompositions } from './decomposed.ts'
import {
  decompositionExample,
  expectGradients,
  forwardError,
} from './decomposition-check.test-support.ts'

const casesPerOperator = 10

test('every operator that is written in plain ones is held against the runtime', () => {
  const withGraphs = ['If', 'Loop', 'Scan']
  const held = [...Object.keys(decompositionCases), ...withGraphs]
  expect(held.sort()).toEqual(Object.keys(decompositions).sort())
})

describe.each(Object.keys(decompositionCases))('%s in plain operators', (key) => {
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
      await expectGradients(example)
    }
  })
})
