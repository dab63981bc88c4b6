import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { jsma } from './jsma.ts'

attackContract('jsma', 'l0')

// Class 0 has 0, class 1 one less than its sum, class 2 is out of the question.
const model = linearModel(
  [
    [0, 0, 0, 0],
    [1, 2, -3, 0.1],
    [0, 0, 0, 0],
  ],
  [0, -1, -50],
)
const x = tensor([1, 4], Float32Array.of(0.1, 0.5, 0.9, 0.5))
const settings = { norm: 'l0', epsilon: 4, range: [0, 1] } as const

test('sets the pair that gains most to the ends of the range, whichever they are', async () => {
  // What each can gain: 0.9, 1, 2.7 and 0.05.
  const { adversarial } = await jsma(model, x, Int32Array.of(0), { ...settings, epsilon: 2 })
  expect([...adversarial.data]).toEqual([...Float32Array.of(0.1, 1, 0, 0.5)])
})

test('goes for the likeliest other class, or for the one that was asked for', async () => {
  const three = linearModel([[0], [1], [3]], [0, -0.5, -2])
  const point = tensor([1, 1], Float32Array.of(0))
  const likeliest = await jsma(three, point, Int32Array.of(0), settings)
  expect(likeliest).toMatchObject({ isAdversarial: [true], labels: Int32Array.of(2) })
  const seen: number[] = []
  const spied = {
    ...three,
    lossGradient: (...asked: Parameters<typeof three.lossGradient>) => {
      seen.push(asked[1][0]!)
      return three.lossGradient(...asked)
    },
  }
  await jsma(spied, point, Int32Array.of(0), settings)
  await jsma(spied, point, Int32Array.of(0), { ...settings, target: 2 })
  // The label itself is no class to go for.
  await jsma(spied, point, Int32Array.of(0), { ...settings, target: 0 })
  expect(seen).toEqual([1, 1, 2, 2, 1, 1])
})

test('refuses data without a range and a class that is none', async () => {
  const open = jsma(model, x, Int32Array.of(0), { ...settings, range: null })
  await expect(open).rejects.toThrow(/range is null/)
  const stray = jsma(model, x, Int32Array.of(0), { ...settings, target: 3 })
  await expect(stray).rejects.toThrow(/target is 3/)
})
