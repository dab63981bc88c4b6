import { gaussian, seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel, withGradient } from '../linear-model.test-support.ts'
import { eotPgd } from './eot-pgd.ts'
import { expectedGradient } from './expected-gradient.ts'
import { pgd } from './pgd.ts'

attackContract('eot-pgd', 'linf', { parameters: { steps: 10, evaluations: 3 } })

const signs = Array.from({ length: 50 }, (_, k) => (k % 2 === 0 ? 1 : -1))
const plain = () => linearModel([signs.map(() => 0), signs], [0, 0])
const noisy = () => {
  const random = seededRandom(9)
  return withGradient(plain(), (answer) => {
    const data = answer.gradient.data.map((slope) => slope + 2 * gaussian(random))
    return { ...answer, gradient: tensor(answer.gradient.shape, data) }
  })
}
const x = tensor(
  [1, 50],
  Float32Array.from(signs, (sign) => sign * 0.15),
)
const one = Int32Array.of(1)

test('finds through the noise of a randomised model what a single gradient misses', async () => {
  const options = () =>
    ({
      norm: 'linf',
      epsilon: 0.17,
      range: null,
      steps: 10,
      loss: 'margin',
      random: seededRandom(1),
    }) as const
  expect((await pgd(plain(), x, one, options())).isAdversarial).toEqual([true])
  expect((await pgd(noisy(), x, one, options())).isAdversarial).toEqual([false])
  const averaged = await eotPgd(noisy(), x, one, { ...options(), evaluations: 60 })
  expect(averaged.isAdversarial).toEqual([true])
})

test('the average of a gradient closes in on the true one', async () => {
  const task = { signal: new AbortController().signal, progress: () => {} }
  const truth = await plain().lossGradient(x, one)
  const asked = { loss: 'cross-entropy', evaluations: 4000, task } as const
  const { gradient, scores } = await expectedGradient(noisy(), x, one, asked)
  expect(scores).toEqual(truth.scores)
  // The noise has a deviation of 2, so that of the mean of 4000 is 0.032; 5 of them.
  for (const [k, slope] of gradient.data.entries()) {
    expect(Math.abs(slope - truth.gradient.data[k]!)).toBeLessThan(0.16)
  }
})

test('pays for each evaluation', async () => {
  const model = plain()
  const options = { norm: 'linf', epsilon: 0, range: null, random: seededRandom(1) } as const
  const { queries } = await eotPgd(model, x, one, { ...options, steps: 3, evaluations: 7 })
  expect(queries).toBe(28)
  expect(model.evaluated()).toBe(28)
})
