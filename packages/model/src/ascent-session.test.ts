import { seededRandom } from '@merlon/core'
import { sizeOf, type Tensor } from '@merlon/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import { limits } from './limits.ts'
import { type OnnxModel, openModel } from './onnx-model.ts'

const sampleShape = [1, 16, 16]
const size = 0.05

function drawn(rows: number, seed: number): Tensor {
  const random = seededRandom(seed)
  const shape = [rows, ...sampleShape]
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, random) }
}

/** The box of half the width `epsilon` around a batch. */
function boxAround(batch: Tensor, epsilon: number) {
  const moved = (by: number): Tensor => ({
    shape: batch.shape,
    data: batch.data.map((value) => value + by),
  })
  return { low: moved(-epsilon), high: moved(epsilon) }
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)

describe.each(['mlp', 'lenet'] as const)('a step of a model (%s) in one run', (architecture) => {
  let model: OnnxModel
  beforeAll(async () => {
    const options = { inputShape: sampleShape, classes: 5, seed: 3 }
    const bytes =
      architecture === 'mlp' ? buildMlp({ ...options, hidden: [16] }) : buildLenet(options)
    model = await openModel(bytes, { threads: 1 })
  })
  afterAll(() => model.close())

  test('is the step that its gradient says, in batches of any size', async () => {
    for (const rows of [1, 7, limits.gradientChunkRowsMax + 3]) {
      const batch = drawn(rows, rows)
      const labels = Int32Array.from({ length: rows }, (_, i) => i % 5)
      const { low, high } = boxAround(batch, 0.02)
      const [floor, ceiling] = [0.1, 0.9]
      const step = { size, low, high, range: [floor, ceiling] } as const
      const { gradient, losses, scores } = await model.lossGradient(batch, labels)
      const ascent = await model.signAscent(batch, labels, step)
      const cut = new Int32Array(rows)
      const width = sizeOf(sampleShape)
      const expected = batch.data.map((value, k) => {
        const moved = Math.fround(value + Math.fround(size) * Math.sign(gradient.data[k]!))
        const inside = clamp(moved, low.data[k]!, high.data[k]!)
        const point = clamp(inside, Math.fround(floor), Math.fround(ceiling))
        if (point !== inside) cut[Math.floor(k / width)]! += 1
        return point
      })
      expect(ascent.point).toEqual({ shape: batch.shape, data: expected })
      expect(ascent.clipped).toEqual(cut)
      expect(ascent.losses).toEqual(losses)
      expect(ascent.scores).toEqual(scores)
      for (const [row, slope] of ascent.slopes.entries()) {
        const own = gradient.data.subarray(row * width, (row + 1) * width)
        expect(slope).toBeCloseTo(
          own.reduce((sum, value) => sum + Math.abs(value), 0),
          4,
        )
      }
    }
  })

  test('refuses a box of another size', async () => {
    const batch = drawn(2, 1)
    const { low } = boxAround(batch, 0.1)
    const step = { size, low, high: drawn(1, 1), range: [0, 1] } as const
    await expect(model.signAscent(batch, Int32Array.of(0, 1), step)).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    })
  })
})

test('a closed model takes no step', async () => {
  const model = await openModel(
    buildMlp({ inputShape: sampleShape, classes: 3, seed: 1, hidden: [] }),
  )
  await model.close()
  const batch = drawn(1, 1)
  const step = { size, ...boxAround(batch, 0.1), range: [0, 1] } as const
  await expect(model.signAscent(batch, Int32Array.of(0), step)).rejects.toMatchObject({
    code: 'MODEL_CLOSED',
  })
})
