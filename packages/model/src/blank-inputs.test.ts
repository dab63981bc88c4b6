import { expect, test } from 'vitest'
import { withoutTrailingBlanks } from './blank-inputs.ts'
import { readModel, writeModel } from './model-file.ts'
import { openModel } from './onnx-model.ts'
import { floats, type GraphSketch, sketchedBytes } from './test-graphs.test-support.ts'

const normalized: GraphSketch = {
  inputs: [['x', [-1, 4]]],
  outputs: [['y', [-1, 4]]],
  nodes: [['LayerNormalization', ['x', 'scale'], ['y'], { axis: -1 }]],
  constants: { scale: floats([4], 1, 1, 1, 1) },
}

test('a blank at the end of the inputs does not crash the runtime, and changes nothing', async () => {
  const model = readModel(sketchedBytes(normalized))
  model.graph.node[0]!.input.push('')
  const feed = { x: { type: 'float32', shape: [1, 4], data: new Float32Array([1, 2, 3, 6]) } }
  const answers = []
  for (const bytes of [writeModel(model), sketchedBytes(normalized)]) {
    const opened = await openModel(bytes, { threads: 1 })
    answers.push((await opened.run(feed)).y?.data)
    const { gradient } = await opened.lossGradient(
      { shape: [1, 4], data: feed.x.data },
      Int32Array.of(3),
    )
    answers.push(gradient.data)
    await opened.close()
  }
  expect(answers[2]).toEqual(answers[0])
  expect(answers[3]).toEqual(answers[1])
})

test('blanks between inputs stay, because they hold a place', () => {
  expect(withoutTrailingBlanks(['x', '', 'y', '', ''])).toEqual(['x', '', 'y'])
  expect(withoutTrailingBlanks(['', ''])).toEqual([])
  expect(withoutTrailingBlanks(['x'])).toEqual(['x'])
})
