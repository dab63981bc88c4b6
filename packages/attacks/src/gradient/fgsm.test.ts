import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { fgsm } from './fgsm.ts'

attackContract('fgsm', 'linf')
attackContract('fgsm', 'l2')

const x = tensor([1, 3], Float32Array.of(0.5, 0.5, 0.5))

test('the linf step is epsilon times the sign of the gradient', async () => {
  const model = linearModel(
    [
      [0, 0, 0],
      [3, -0.01, 0],
    ],
    [0, 0],
  )
  const options = { norm: 'linf', epsilon: 0.25, range: null } as const
  const { adversarial } = await fgsm(model, x, Int32Array.of(1), options)
  expect([...adversarial.data]).toEqual([0.25, 0.75, 0.5])
})

test('the l2 step is epsilon along the gradient', async () => {
  const model = linearModel(
    [
      [0, 0, 0],
      [3, -4, 0],
    ],
    [0, 0],
  )
  const options = { norm: 'l2', epsilon: 0.25, range: null } as const
  const { adversarial } = await fgsm(model, x, Int32Array.of(1), options)
  expect(adversarial.data[0]).toBeCloseTo(0.5 - 0.15, 6)
  expect(adversarial.data[1]).toBeCloseTo(0.5 + 0.2, 6)
  expect(adversarial.data[2]).toBe(0.5)
})

test('what the range cuts off is counted', async () => {
  const model = linearModel(
    [
      [0, 0, 0],
      [3, -1, 0],
    ],
    [0, 0],
  )
  const options = { norm: 'linf', epsilon: 0.25, range: [0.4, 1] } as const
  const { adversarial, health } = await fgsm(model, x, Int32Array.of(1), options)
  expect([...adversarial.data]).toEqual([Math.fround(0.4), 0.75, 0.5])
  expect(health).toMatchObject({ componentsMoved: 3, componentsClipped: 1, outsideRange: 0 })
  expect(health.distanceMax).toBe(0.25)
})
