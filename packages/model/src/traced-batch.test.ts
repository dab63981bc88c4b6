import { expect, test } from 'vitest'
import { openModel } from './onnx-model.ts'
import { parameterGradients } from './parameter-gradients.ts'
import { linear, sketchedBytes, wholes } from './test-graphs.test-support.ts'

test('a file that promises a free batch and holds the one it was traced with is differentiated for that one', async () => {
  const bytes = sketchedBytes({
    ...linear,
    nodes: [
      ['Reshape', ['x', 'traced'], ['fixed']],
      ['MatMul', ['fixed', 'w'], ['y']],
    ],
    constants: { ...linear.constants, traced: wholes(5, 2) },
  })
  const batch = { shape: [5, 2], data: new Float32Array(10).fill(1) }
  const labels = Int32Array.of(0, 1, 2, 0, 1)
  const model = await openModel(bytes, { threads: 1 })
  const { gradient } = await model.lossGradient(batch, labels, { loss: 'logit' })
  await model.close()
  expect(Array.from(gradient.data)).toEqual([1, 2, 0, 1, -1, 0, 1, 2, 0, 1])
  const parameters = await parameterGradients(bytes, batch, labels, { loss: 'logit' })
  expect(parameters.get('w')?.shape).toEqual([2, 3])
})
