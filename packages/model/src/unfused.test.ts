import { expect, test } from 'vitest'
import { openModel } from './onnx-model.ts'
import { linear, sketchedBytes } from './test-graphs.test-support.ts'

test('a model that the runtime fuses into what it cannot run is run as it is', async () => {
  // x sigmoid(x) in double precision becomes a QuickGelu, which there is in single precision only.
  const bytes = sketchedBytes({
    ...linear,
    nodes: [
      ['Cast', ['x'], ['d'], { to: 11 }],
      ['Sigmoid', ['d'], ['s']],
      ['Mul', ['d', 's'], ['p']],
      ['Cast', ['p'], ['f'], { to: 1 }],
      ['MatMul', ['f', 'w'], ['y']],
    ],
  })
  const model = await openModel(bytes, { threads: 1 })
  const batch = { shape: [1, 2], data: Float32Array.of(0.5, -1) }
  const { gradient } = await model.lossGradient(batch, Int32Array.of(0), { loss: 'logit' })
  await model.close()
  for (const [i, x] of batch.data.entries()) {
    const s = 1 / (1 + Math.exp(-x))
    expect(gradient.data[i]).toBeCloseTo((s + x * s * (1 - s)) * [1, 2][i]!, 5)
  }
})
