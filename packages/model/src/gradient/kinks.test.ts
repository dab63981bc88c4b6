import { seededRandom } from '@merlon/core'
import { expect, test } from 'vitest'
import { float } from '../attributes.ts'
import { reference } from '../reference-tensor.test-support.ts'
import type { RuleCase } from './cases/draw.test-support.ts'
import { exampleOf, runtimeGradients } from './rule-check.test-support.ts'

/** The gradient of the sum of y with respect to each operand, in the runtime, at operands that are given. */
async function gradientsAt(
  op: string,
  operands: readonly (readonly number[])[],
  attributes: NonNullable<RuleCase['attributes']> = {},
  opset = 18,
): Promise<number[][]> {
  const inputs = operands.map((values) => ({ shape: [values.length], low: 1, high: 1 }))
  const example = exampleOf(op, { inputs, attributes, opset }, seededRandom(1))
  const point = Object.fromEntries(
    operands.map((values, i) => [`x${i}`, reference([values.length], values)]),
  )
  const { shape, data } = example.cotangents.y!
  const y = reference(
    shape,
    data.map(() => 1),
  )
  const gradients = await runtimeGradients({ ...example, point, cotangents: { y } })
  return operands.map((_, i) => [...gradients.get(`x${i}`)!.data].map(Number))
}

test.each([
  ['Relu', [0], {}],
  ['LeakyRelu', [Math.fround(0.01)], {}],
  ['Elu', [1], {}],
  ['Celu', [1], {}],
  ['Abs', [0], {}],
  ['ThresholdedRelu', [0], { alpha: float(0) }],
  ['HardSigmoid', [0.5], { alpha: float(0.5), beta: float(0.5) }],
] as const)('%s has the slope of PyTorch at its kink', async (op, slope, attributes) => {
  expect(await gradientsAt(op, [[0]], attributes)).toEqual([slope])
})

test('PRelu at 0 takes the slope of its other side, and its own slope gets nothing', async () => {
  expect(await gradientsAt('PRelu', [[0], [0.25]])).toEqual([[0.25], [0]])
})

test('a saturated hard sigmoid hands nothing back', async () => {
  expect(await gradientsAt('HardSigmoid', [[-9, 9]])).toEqual([[0, 0]])
  expect(await gradientsAt('HardSwish', [[-9, 9]])).toEqual([[0, 1]])
})

test('activations that grow without bound on one side keep a finite slope there', async () => {
  for (const op of ['Elu', 'Selu', 'Celu', 'Softplus', 'Mish', 'Softsign', 'Sigmoid', 'Gelu']) {
    const [slopes] = await gradientsAt(op, [[-200, 200]], {}, 20)
    expect(slopes!.every(Number.isFinite), `${op}: ${slopes}`).toBe(true)
  }
})

test('equal winners of Max and Min share the gradient', async () => {
  for (const op of ['Max', 'Min']) {
    expect(await gradientsAt(op, [[2], [2]])).toEqual([[0.5], [0.5]])
    expect(await gradientsAt(op, [[2], [2], [2], [2]])).toEqual([[0.25], [0.25], [0.25], [0.25]])
  }
  expect(await gradientsAt('Max', [[1], [2]])).toEqual([[0], [1]])
})

test('equal extremes of a reduction share the gradient', async () => {
  expect(await gradientsAt('ReduceMax', [[3, 1, 3]])).toEqual([[0.5, 0, 0.5]])
  expect(await gradientsAt('ReduceMin', [[3, 1, 1]])).toEqual([[0, 0.5, 0.5]])
})

test('a product with zeros is differentiated by the product of the others', async () => {
  expect(await gradientsAt('ReduceProd', [[2, 3, 5]])).toEqual([[15, 10, 6]])
  expect(await gradientsAt('ReduceProd', [[2, 0, 5]])).toEqual([[0, 10, 0]])
  expect(await gradientsAt('ReduceProd', [[2, 0, 0]])).toEqual([[0, 0, 0]])
})

test('the length of the vector of zeros has the gradient 0', async () => {
  expect(await gradientsAt('ReduceL2', [[0, 0]])).toEqual([[0, 0]])
  expect(await gradientsAt('LpNormalization', [[0, 0]])).toEqual([[0, 0]])
})

test('a power is differentiated at a base of 0, of either sign and at an exponent of 0', async () => {
  expect(
    await gradientsAt('Pow', [
      [0, -2, 3],
      [2, 3, 0],
    ]),
  ).toEqual([
    [0, 12, 0],
    [0, Number.NaN, Math.fround(Math.log(3))],
  ])
})

test('the remainder follows its dividend, also a negative one', async () => {
  const [da, db] = await gradientsAt('Mod', [[-7.5], [2]], { fmod: 1 })
  expect([da, db]).toEqual([[1], [3]])
})
