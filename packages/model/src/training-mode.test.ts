import { expect, test } from 'vitest'
import type { Constant } from './constant.ts'
import { floatsOf } from './constant.ts'
import { graphOf } from './graph-file.ts'
import { readModel } from './model-file.ts'
import { openModel } from './onnx-model.ts'
import {
  floats,
  type GraphSketch,
  type NodeSketch,
  sketchedBytes,
} from './test-graphs.test-support.ts'
import { openTrainer } from './trainer.ts'

const batch = { shape: [4, 2], data: Float32Array.of(1, 8, 3, 8, 5, 0, 7, 0) }
const labels = Int32Array.of(0, 1, 0, 1)
const still = { kind: 'sgd', learningRate: 0 } as const
const yes: Constant = { type: 'bool', shape: [], bytes: Uint8Array.of(1) }

function through(nodes: readonly NodeSketch[], constants: GraphSketch['constants']): Uint8Array {
  return sketchedBytes({
    inputs: [['x', [-1, 2]]],
    outputs: [['y', [-1, 2]]],
    nodes: [...nodes, ['MatMul', ['h', 'w'], ['y']]],
    constants: { w: floats([2, 2], 1, 0.5, -1, 2), ...constants },
  })
}

const statistics = { one: floats([2], 1, 1), none: floats([2], 0, 0) }
const own = { mean: floats([2], 0, 0), variance: floats([2], 1, 1) }
const inputs = ['x', 'one', 'none', 'mean', 'variance']
const stored = through([['BatchNormalization', inputs, ['h']]], { ...statistics, ...own })

async function afterOneStep(bytes: Uint8Array, inTrainingMode?: boolean) {
  const options = inTrainingMode === undefined ? {} : { inTrainingMode }
  const trainer = await openTrainer(bytes, { optimizer: still, threads: 1, ...options })
  const { loss } = await trainer.step(batch, labels)
  const exported = trainer.export()
  await trainer.close()
  const { constants, nodes } = graphOf(readModel(exported))
  const numbers = (name: string) => Array.from(floatsOf(constants.get(name)!))
  return { exported, loss, nodes, mean: numbers('mean'), variance: numbers('variance') }
}

test('batch normalisation keeps running statistics, which the export has', async () => {
  const { mean, variance, nodes } = await afterOneStep(stored)
  // A tenth of what the batch has, ONNX's momentum being 0.9: means 4 and 4, variances 5 and 16.
  for (const [found, wanted] of [
    [mean, [0.4, 0.4]],
    [variance, [1.4, 2.5]],
  ] as const) {
    for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 5)
  }
  expect(nodes[0]!.outputs).toEqual(['h'])
})

test('the file decides where training mode was not asked for', async () => {
  const { mean, loss } = await afterOneStep(stored, false)
  expect(mean).toEqual([0, 0])
  expect((await afterOneStep(stored)).loss).not.toBeCloseTo(loss, 3)
})

test('what a file has in training mode is exported for use', async () => {
  const training = through(
    [
      ['BatchNormalization', inputs, ['n', 'm', 'v'], { training_mode: 1 }],
      ['Dropout', ['n', 'half', 'yes'], ['h']],
    ],
    { ...statistics, ...own, half: floats([], 0.5), yes },
  )
  const { exported, mean } = await afterOneStep(training, false)
  expect(mean[0]).toBeCloseTo(0.4, 5)
  const model = await openModel(exported, { threads: 1 })
  const [whole, alone] = [
    await model.scores(batch),
    await model.scores({ shape: [1, 2], data: batch.data.slice(0, 2) }),
  ]
  expect(Array.from(whole.data.slice(0, 2))).toEqual(Array.from(alone.data))
  await model.close()
})

test('layers that share statistics move them one after the other', async () => {
  const twice = through(
    [
      ['BatchNormalization', inputs, ['n']],
      ['BatchNormalization', ['n', 'one', 'none', 'mean', 'variance'], ['h']],
    ],
    { ...statistics, ...own },
  )
  // The second layer sees numbers of mean 0: 0.9 of 0.4.
  expect((await afterOneStep(twice)).mean[0]).toBeCloseTo(0.36, 5)
})

test('dropout drops by the seed while it learns, and not in the export', async () => {
  const dropping = through([['Dropout', ['x', 'half'], ['h']]], { half: floats([], 0.5) })
  const losses = async (seed: number) => {
    const trainer = await openTrainer(dropping, { optimizer: still, seed, threads: 1 })
    const found = [await trainer.step(batch, labels), await trainer.step(batch, labels)]
    expect(Buffer.from(trainer.export()).equals(dropping)).toBe(true)
    await trainer.close()
    return found.map(({ loss }) => loss)
  }
  const [first, again, other] = [await losses(1), await losses(1), await losses(2)]
  expect(again).toEqual(first)
  expect(first[0]).not.toBe(first[1])
  expect(other).not.toEqual(first)
})
