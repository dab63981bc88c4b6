import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { assess } from './assess.ts'
import { samplesInMemory, templateModel } from './template-model.test-support.ts'

/** Two tones of four samples each; fgsm moves each value by 0.1 towards the other one's. */
const quiet = [0.2, 0.2, 0.2, 0.2]
const loud = [0.3, 0.3, 0.3, 0.3]
const pair = samplesInMemory(
  tensor([2, 4], Float32Array.from([...quiet, ...loud])),
  [0, 1],
  2,
  null,
)
const options = {
  model: templateModel([quiet, loud], [4]),
  modelPath: 'model.onnx',
  modelSha256: 'a'.repeat(64),
  attacks: ['fgsm'],
  norm: 'linf',
  epsilon: [0.1],
  seed: 1,
  failOn: 'medium',
  clock: () => 1_700_000_000_000,
} as const

test('the report on recordings says how much louder they are than what was added', async () => {
  const dataset = { ...pair, kind: 'sounds', range: [-1, 1] } as const
  const { estimates } = await assess({ ...options, dataset })
  const snr = estimates.find(({ name }) => name === 'median SNR in dB')
  // 20 log10(0.2 / 0.1) = 6.02 and 20 log10(0.3 / 0.1) = 9.54: their mean is the median.
  expect(snr).toMatchObject({ n: 2, attack: 'fgsm', epsilon: 0.1 })
  expect(snr!.value).toBeCloseTo((20 * Math.log10(2) + 20 * Math.log10(3)) / 2, 3)
})

test('other data has no such figure', async () => {
  const { estimates } = await assess({ ...options, dataset: pair })
  expect(estimates.filter(({ name }) => name.includes('SNR'))).toEqual([])
})
