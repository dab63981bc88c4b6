import { seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { bim } from './bim.ts'
import { rFgsm } from './r-fgsm.ts'

attackContract('bim', 'linf')
attackContract('bim', 'l2')
// Half of epsilon goes along random signs, so that only the best of many draws reaches as far as the whole of it.
attackContract('r-fgsm', 'linf', { parameters: { restarts: 60 } })

const model = linearModel(
  [
    [0, 0],
    [3, -1],
  ],
  [0, 5],
)
const x = tensor([1, 2], Float32Array.of(0.5, 0.5))
const options = () =>
  ({ norm: 'linf', epsilon: 0.25, range: null, random: seededRandom(5) }) as const

test('bim walks to the corner of the ball, with steps that add up to 1.25 epsilon', async () => {
  const { adversarial } = await bim(model, x, Int32Array.of(1), options())
  expect([...adversarial.data]).toEqual([0.25, 0.75])
  // Three steps of 0.1 are cut at 0.25; the same three of 0.0625 are not.
  const small = await bim(model, x, Int32Array.of(1), { ...options(), steps: 3, stepSize: 0.0625 })
  expect([...small.adversarial.data]).toEqual([0.3125, 0.6875])
})

test('r-fgsm ends half of epsilon uphill of half of epsilon along random signs', async () => {
  const ends = new Set<string>()
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(seed)
    const { adversarial } = await rFgsm(model, x, Int32Array.of(1), { ...options(), random })
    ends.add([...adversarial.data].join(' '))
  }
  // Uphill is (-, +): each component ends where it began or a whole epsilon uphill.
  expect([...ends].sort()).toEqual(['0.25 0.5', '0.25 0.75', '0.5 0.5', '0.5 0.75'])
})
