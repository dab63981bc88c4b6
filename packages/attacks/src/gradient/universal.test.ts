import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { universal } from './universal.ts'

attackContract('universal', 'linf')
attackContract('universal', 'l2')

/** Class 1 where x > 0 and y > 0; scores 0, x and y would each be beaten alone. */
const model = linearModel(
  [
    [0, 0],
    [1, 0],
    [0, 1],
  ],
  [0, 0, 0],
)
const settings = { norm: 'linf', epsilon: 0.5, range: null } as const

test('moves every sample by the same', async () => {
  const batch = tensor([3, 2], Float32Array.of(0.2, -1, 0.3, -2, 0.4, 0.1))
  const { adversarial, isAdversarial } = await universal(
    model,
    batch,
    Int32Array.of(1, 1, 1),
    settings,
  )
  expect(isAdversarial).toEqual([true, true, true])
  for (const k of [0, 1]) {
    const moves = [0, 1, 2].map((i) => adversarial.data[2 * i + k]! - batch.data[2 * i + k]!)
    expect(moves[1]).toBeCloseTo(moves[0]!, 6)
    expect(moves[2]).toBeCloseTo(moves[0]!, 6)
  }
})

test('fools the many where it cannot fool all', async () => {
  // Samples of label 1 fall to the left, those of label 0 to the right.
  const batch = tensor([4, 2], Float32Array.of(0.2, -1, 0.25, -1, 0.45, -1, -0.45, -1))
  const { isAdversarial } = await universal(model, batch, Int32Array.of(1, 1, 1, 0), settings)
  expect(isAdversarial).toEqual([true, true, false, false])
})
