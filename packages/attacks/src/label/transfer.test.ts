import { proportion, seededRandom } from '@merlon/core'
import { buildMlp, openModel, openTrainer } from '@merlon/model'
import { slice, tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { attackContract } from '../attack-contract.test-support.ts'
import { pgd } from '../gradient/pgd.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { readDigits } from '../real-digits.test-support.ts'
import { transfer } from './transfer.ts'

// Smoothing takes a linear model's gradient for what it is not.
const own = { hasSurrogate: true, inputShape: [1, 2, 2], parameters: { kernel: 1 } }
attackContract('transfer', 'linf', own)
attackContract('transfer', 'l2', own)

const surrogate = linearModel(
  [
    [0, 0],
    [1, 0.1],
  ],
  [0, 0],
)
const x = tensor([1, 2], Float32Array.of(0.1, 0.1))
const settings = () =>
  ({
    norm: 'linf',
    epsilon: 0.2,
    range: null,
    random: seededRandom(1),
    diversity: 0,
    kernel: 1,
  }) as const

test('fools a victim that leans the way of the surrogate, with one query', async () => {
  const victim = linearModel(
    [
      [0, 0],
      [1, 0.5],
    ],
    [0, 0],
  )
  const result = await transfer(victim, x, Int32Array.of(1), { ...settings(), surrogate })
  expect(result).toMatchObject({ isAdversarial: [true], queries: 1 })
  expect(victim.evaluated()).toBe(1)
})

test('does not fool a victim that leans the other way, however sure the surrogate is', async () => {
  const victim = linearModel(
    [
      [0, 0],
      [-1, -1],
    ],
    [0, 1],
  )
  const { isAdversarial } = await transfer(victim, x, Int32Array.of(1), {
    ...settings(),
    surrogate,
  })
  expect(isAdversarial).toEqual([false])
})

test('says what is missing without a surrogate, and refuses one of another shape', async () => {
  await expect(transfer(surrogate, x, Int32Array.of(1), settings())).rejects.toThrow(/no surrogate/)
  const other = linearModel([[0], [1]], [0, 0])
  const refused = transfer(surrogate, x, Int32Array.of(1), { ...settings(), surrogate: other })
  await expect(refused).rejects.toMatchObject({ code: 'ATTACK_INPUT_INVALID' })
})

describeWith('shared', 'transfer on real digits', (shared) => {
  test('a small network of one own fools another where its plain gradients do not', async () => {
    const { images, labels } = readDigits(shared, 2060)
    const bytes = buildMlp({ inputShape: [1, 28, 28], classes: 10, hidden: [64], seed: 1 })
    const trainer = await openTrainer(bytes, {
      optimizer: { kind: 'adam', learningRate: 0.002 },
      threads: 1,
    })
    for (let start = 60; start < 2060; start += 50) {
      const part = slice(images, start, start + 50)
      await trainer.step(part, labels.subarray(start, start + 50))
    }
    const surrogate = await openModel(trainer.export(), { threads: 1 })
    const victim = await openModel(`${shared}/data/models/mnist_std.onnx`, { threads: 1 })
    const [digits, truth] = [slice(images, 0, 60), labels.slice(0, 60)]
    const ball = { norm: 'linf', epsilon: 0.2, range: [0, 1], random: seededRandom(1) } as const

    const carried = await transfer(victim, digits, truth, { ...ball, surrogate })
    const plain = await pgd(surrogate, digits, truth, ball)
    const answered = await victim.labels(plain.adversarial)
    const fooled = carried.isAdversarial.filter((isFooled) => isFooled).length
    const byPlain = answered.filter((label, i) => label !== truth[i]).length
    await Promise.all([trainer.close(), surrogate.close(), victim.close()])
    const of = { name: 'fooled', seed: 1, queries: 60 }
    const [low] = proportion(fooled, 60, of).interval
    expect(low).toBeGreaterThan(proportion(byPlain, 60, of).interval[1])
    expect(carried.queries).toBe(60)
  })
})
