import { proportion, seededRandom } from '@merlon/core'
import { openModel } from '@merlon/model'
import { distance, row, tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { attackContract } from '../attack-contract.test-support.ts'
import { linearModel } from '../linear-model.test-support.ts'
import { readDigits } from '../real-digits.test-support.ts'
import { patch } from './patch.ts'

// A patch has to do wherever it is put, so that no closed form of what one place can do holds for it.
attackContract('patch', 'l0', { inputShape: [2, 2, 2], hasNoReach: true })

const settings = () => ({ norm: 'l0', epsilon: 4, range: [0, 1], random: seededRandom(2) }) as const

test('paints what lowers the score wherever it lies, and nothing outside its square', async () => {
  // Class 1 where the picture is bright: a black square is the best there is.
  const bright = linearModel([Array(36).fill(0), Array(36).fill(1)], [0, 0], [1, 6, 6])
  const batch = tensor([4, 1, 6, 6], new Float32Array(144).fill(0.75))
  const { adversarial } = await patch(bright, batch, new Int32Array(4).fill(1), settings())
  for (let i = 0; i < 4; i++) {
    const changed = [...row(adversarial, i)].filter((value) => value !== 0.75)
    expect(changed).toHaveLength(4)
    expect(changed.every((value) => value === 0)).toBe(true)
  }
})

test('shows the class that was asked for', async () => {
  // Dark is class 1 and bright is class 2, both as near.
  const model = linearModel(
    [Array(16).fill(0), Array(16).fill(-1), Array(16).fill(1)],
    [8, 8, -8],
    [1, 4, 4],
  )
  const batch = tensor([1, 1, 4, 4], new Float32Array(16).fill(0.5))
  for (const [target, value] of [
    [1, 0],
    [2, 1],
  ] as const) {
    const { adversarial } = await patch(model, batch, Int32Array.of(0), { ...settings(), target })
    expect([...adversarial.data].filter((each) => each === value)).toHaveLength(4)
  }
})

test('needs a range, for nothing else bounds it', async () => {
  const model = linearModel([[0], [1]], [0, 0])
  const refused = patch(model, tensor([1, 1], Float32Array.of(1)), Int32Array.of(1), {
    ...settings(),
    range: null,
  })
  await expect(refused).rejects.toThrow(/range is null/)
})

describeWith('shared', 'a patch on real digits', (shared) => {
  test('fools more digits than patches of noise of its size', async () => {
    const model = await openModel(`${shared}/data/models/mnist_std.onnx`, { threads: 1 })
    const { images, labels } = readDigits(shared, 40)
    const ball = { ...settings(), epsilon: 144 }
    const painted = await patch(model, images, labels, { ...ball, steps: 150 })
    // One step of no length leaves the noise that it begins with.
    const noise = await patch(model, images, labels, { ...ball, steps: 1, stepSize: 0 })
    await model.close()
    for (let i = 0; i < 40; i++)
      expect(distance(painted.adversarial, images, 'l0', i)).toBeLessThanOrEqual(144)
    const intervalOf = (result: typeof painted) => {
      const fooled = result.isAdversarial.filter((isFooled) => isFooled).length
      return proportion(fooled, 40, { name: 'fooled', seed: 2, queries: 1 }).interval
    }
    expect(intervalOf(painted)[0]).toBeGreaterThan(intervalOf(noise)[1])
  })
})
