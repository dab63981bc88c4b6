import { seededRandom } from '@merlon/core'
import { expect, test } from 'vitest'
import { reference } from '../reference-tensor.test-support.ts'
import { exampleOf, runtimeGradients } from './rule-check.test-support.ts'

/** The gradient of the sum of a maximum pool's windows, at one image. */
async function slopesAt(rows: readonly (readonly number[])[], window: readonly [number, number]) {
  const shape = [1, 1, rows.length, rows[0]!.length]
  const attributes = { kernel_shape: window, strides: window }
  const example = exampleOf('MaxPool', { inputs: [{ shape }], attributes }, seededRandom(1))
  const { shape: pooled, data } = example.cotangents.y!
  const ones = reference(
    pooled,
    data.map(() => 1),
  )
  const point = { x0: reference(shape, rows.flat()) }
  const gradients = await runtimeGradients({ ...example, point, cotangents: { y: ones } })
  const slopes = [...gradients.get('x0')!.data].map(Number)
  return rows.map(({ length }, row) => slopes.slice(row * length, (row + 1) * length))
}

test('windows that tile an image hand their gradient to the first of equal maxima alone', async () => {
  const image = [
    [5, 5, 1, 2],
    [5, 5, 2, 2],
    [-3, -1, 0, 0],
    [-1, -1, -0, 0],
  ]
  expect(await slopesAt(image, [2, 2])).toEqual([
    [1, 0, 0, 1],
    [0, 0, 0, 0],
    [0, 1, 1, 0],
    [0, 0, 0, 0],
  ])
})

test('windows need not be square', async () => {
  const image = [
    [1, 7, 7, 7, 2, 7],
    [9, 9, 9, 0, 0, 0],
  ]
  expect(await slopesAt(image, [1, 3])).toEqual([
    [0, 1, 0, 1, 0, 0],
    [1, 0, 0, 1, 0, 0],
  ])
})

test('neighbours among float32 numbers, however small or large, are no tie', async () => {
  for (const scale of [1e-30, 1e-6, 1, 1e6, 1e30]) {
    const next = Math.fround(scale * (1 + 2 ** -22))
    expect(await slopesAt([[Math.fround(scale), next, -next, 0]], [1, 4])).toEqual([[0, 1, 0, 0]])
  }
})
