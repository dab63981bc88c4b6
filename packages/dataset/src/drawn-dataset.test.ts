import { expect, test } from 'vitest'
import { drawDigits } from './draw-digits.ts'
import { drawnDataset } from './drawn-dataset.ts'

test('a drawn data set gives the digits that are drawn from its seed, from any place', () => {
  const { inputs, labels } = drawDigits({ count: 12, seed: 3 })
  const dataset = drawnDataset({ count: 12, seed: 3 })
  expect(dataset).toMatchObject({ count: 12, classes: 10, sampleShape: [1, 28, 28], inputs: [] })
  const part = dataset.read(5, 4)
  expect(part.labels).toEqual(labels.slice(5, 9))
  expect(part.inputs.shape).toEqual([4, 1, 28, 28])
  expect(part.inputs.data).toEqual(inputs.data.slice(5 * 784, 9 * 784))
})
