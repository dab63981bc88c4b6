import { create } from '@bufbuild/protobuf'
import { seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EngineError } from '../errors.ts'
import { graphBytes } from '../graph-file.ts'
import { readModel, writeModel } from '../model-file.ts'
import { StringStringEntryProtoSchema } from '../onnx_pb.ts'
import { openModel } from '../onnx-model.ts'
import { parameterGradients } from '../parameter-gradients.ts'
import { floats, sketched } from '../test-graphs.test-support.ts'
import { openTrainer } from '../trainer.ts'
import type { Preprocessing } from './preprocessing.ts'

const random = seededRandom(3)
const numbers = (length: number) => Float32Array.from({ length }, () => random())

/** Scores that are the numbers of the sample themselves, so that a test sees what reaches the model. */
function echo(shape: readonly number[], inside: readonly number[] = shape): Uint8Array {
  const size = inside.reduce((product, each) => product * each, 1)
  return graphBytes(
    sketched({
      inputs: [['x', [-1, ...shape]]],
      outputs: [['y', [-1, size]]],
      nodes: [['Flatten', ['x'], ['y'], { axis: 1 }]],
    }),
  )
}

async function seen(
  bytes: Uint8Array,
  preprocessing: Preprocessing | undefined,
  batch: Tensor,
): Promise<readonly number[]> {
  const chosen = preprocessing === undefined ? {} : { preprocessing }
  const model = await openModel(bytes, { threads: 1, ...chosen })
  try {
    expect(model.inputShape).toEqual(batch.shape.slice(1))
    return [...(await model.scores(batch)).data]
  } finally {
    await model.close()
  }
}

const refusal = (bytes: Uint8Array, preprocessing?: Preprocessing) =>
  openModel(bytes, { threads: 1, ...(preprocessing === undefined ? {} : { preprocessing }) }).then(
    () => 'accepted',
    (error: unknown) => (error instanceof EngineError ? `${error.code}: ${error.message}` : error),
  )

/** A model file that says so itself. */
function withMetadata(bytes: Uint8Array, entries: Readonly<Record<string, string>>): Uint8Array {
  const model = readModel(bytes)
  const metadataProps = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  )
  return writeModel({ ...model, metadataProps })
}

const nearTo = (wanted: readonly number[]) => wanted.map((each) => expect.closeTo(each, 5))

describe('preprocessing in front of a model', () => {
  test('scales, then centres and divides each channel', async () => {
    const batch = { shape: [1, 2, 1, 2], data: Float32Array.of(0, 0.5, 0.25, 1) }
    const steps = { scale: 255, mean: [10, 20], std: [2, 5] }
    const wanted = [-5, (127.5 - 10) / 2, (63.75 - 20) / 5, (255 - 20) / 5]
    expect(await seen(echo([2, 1, 2]), steps, batch)).toEqual(nearTo(wanted))
  })

  test('treats each feature of a table on its own', async () => {
    const batch = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
    const steps = { mean: [1, 1, 3], std: [1, 2, 0.5] }
    expect(await seen(echo([3]), steps, batch)).toEqual(nearTo([0, 0.5, 0, 3, 2, 6]))
  })

  test('resizes as PyTorch does', async () => {
    // torch.nn.functional.interpolate(x, size, mode='bilinear', align_corners=False), PyTorch 1.13, x = arange(12) ** 1.5 / 10
    const x = Float32Array.from({ length: 12 }, (_, i) => i ** 1.5 / 10)
    const down = [
      0.2, 0.308156, 0.467032, 0.661504, 0.852718, 1.897056, 2.182273, 2.52182, 2.877159, 3.199222,
    ]
    const small = { resize: { from: [3, 4] as [number, number] } }
    const batch = { shape: [1, 1, 3, 4], data: x }
    expect(await seen(echo([1, 2, 5]), small, batch)).toEqual(nearTo(down))
    const up = [0, 0.5, 1, 0.5, 1.25, 2, 1.5, 2.75, 4, 2, 3.5, 5]
    const large = { resize: { from: [2, 2] as [number, number] } }
    const square = { shape: [1, 1, 2, 2], data: Float32Array.of(0, 1, 2, 5) }
    expect(await seen(echo([1, 4, 3]), large, square)).toEqual(nearTo(up))
  })

  test('turns axes and colours, and says which samples it takes', async () => {
    const rgb = { shape: [1, 3, 1, 2], data: Float32Array.of(1, 2, 10, 20, 100, 200) }
    const last = [1, 10, 100, 2, 20, 200]
    expect(await seen(echo([1, 2, 3]), { layout: 'nchw-to-nhwc' }, rgb)).toEqual(last)
    const hwc = { shape: [1, 1, 2, 3], data: Float32Array.from(last) }
    expect(await seen(echo([3, 1, 2]), { layout: 'nhwc-to-nchw' }, hwc)).toEqual([...rgb.data])
    const bgr = [100, 200, 10, 20, 1, 2]
    expect(await seen(echo([3, 1, 2]), { channels: 'rgb-to-bgr' }, rgb)).toEqual(bgr)
    const grey = { shape: [1, 1, 1, 2], data: Float32Array.of(7, 8) }
    const thrice = [7, 8, 7, 8, 7, 8]
    expect(await seen(echo([3, 1, 2]), { channels: 'grey-to-rgb' }, grey)).toEqual(thrice)
    const luma = [0.299 + 5.87 + 11.4, 2 * (0.299 + 5.87 + 11.4)]
    expect(await seen(echo([1, 1, 2]), { channels: 'rgb-to-grey' }, rgb)).toEqual(nearTo(luma))
  })

  test('closes a height and width that the model leaves open', async () => {
    const steps: Preprocessing = { resize: { from: [1, 1], to: [1, 2] } }
    const batch = { shape: [1, 1, 1, 1], data: Float32Array.of(5) }
    expect(await seen(echo([1, -1, -1], [1, 1, 2]), steps, batch)).toEqual([5, 5])
    expect(await refusal(echo([1, -1, -1]), { resize: { from: [1, 1] } })).toMatch(/resize\.to/)
  })

  test('is part of the gradient: a step in input units moves the loss by as much as it says', async () => {
    const graph = sketched({
      inputs: [['x', [-1, 4, 3, 3]]],
      outputs: [['y', [-1, 3]]],
      nodes: [
        ['Flatten', ['x'], ['f'], { axis: 1 }],
        ['Tanh', ['f'], ['t']],
        ['MatMul', ['t', 'w'], ['y']],
      ],
      constants: { w: floats([36, 3], ...numbers(108).map((value) => value - 0.5)) },
    })
    const steps: Preprocessing = {
      layout: 'nchw-to-nhwc',
      channels: 'grey-to-rgb',
      resize: { from: [5, 2], to: [4, 3] },
      scale: 2,
      mean: [0.4, 0.5, 0.6],
      std: [0.2, 0.3, 0.4],
    }
    const model = await openModel(graphBytes(graph), { threads: 1, preprocessing: steps })
    expect(model.inputShape).toEqual([1, 5, 2])
    const batch: Tensor = { shape: [2, 1, 5, 2], data: numbers(20) }
    const labels = Int32Array.of(2, 0)
    const { gradient } = await model.lossGradient(batch, labels)
    const step = 1e-2
    for (let k = 0; k < 20; k++) {
      const at = async (shift: number) => {
        const data = batch.data.slice()
        data[k]! += shift
        return (await model.lossGradient({ ...batch, data }, labels)).losses[Math.floor(k / 10)]!
      }
      const slope = ((await at(step)) - (await at(-step))) / (2 * step)
      expect(gradient.data[k]).toBeCloseTo(slope, 2)
    }
    await model.close()
  })
})

describe('the metadata of a file', () => {
  const batch = { shape: [1, 2], data: Float32Array.of(0, 1) }

  test('declares it under our key, or the standard ones for pictures', async () => {
    const own = withMetadata(echo([2]), { 'merlon.preprocessing': '{"scale": 4, "mean": [1]}' })
    expect(await seen(own, undefined, batch)).toEqual([-1, 3])
    const range = { 'Image.NominalPixelRange': 'Normalized_1_1' }
    expect(await seen(withMetadata(echo([2]), range), undefined, batch)).toEqual([-1, 1])
    const video = { 'Image.NominalPixelRange': 'NominalRange_16_235' }
    expect(await seen(withMetadata(echo([2]), video), undefined, batch)).toEqual([16, 235])
    const bgr = {
      'Image.BitmapPixelFormat': 'Bgr8',
      'Image.NominalPixelRange': 'NominalRange_0_255',
    }
    const picture = { shape: [1, 3, 1, 1], data: Float32Array.of(0.2, 0.4, 1) }
    const colours = await seen(withMetadata(echo([3, 1, 1]), bgr), undefined, picture)
    expect(colours).toEqual(nearTo([255, 102, 51]))
  })

  test('gives way to what is declared, nothing included', async () => {
    const own = withMetadata(echo([2]), { 'merlon.preprocessing': '{"scale": 4}' })
    expect(await seen(own, {}, batch)).toEqual([0, 1])
    expect(await seen(own, { scale: 3 }, batch)).toEqual([0, 3])
  })

  test('is refused where it is not understood, never taken for none', async () => {
    const said = (entries: Readonly<Record<string, string>>) =>
      refusal(withMetadata(echo([2]), entries))
    expect(await said({ 'merlon.preprocessing': '{"skale": 1}' })).toMatch(/^PREPROCESSING_INVALID/)
    expect(await said({ 'merlon.preprocessing': '{' })).toMatch(/is no JSON/)
    expect(await said({ 'merlon.preprocessing': ' '.repeat(70_000) })).toMatch(/65536/)
    expect(await said({ 'Image.NominalPixelRange': '0-255' })).toMatch(/'0-255'.*Normalized_0_1/)
    expect(await said({ 'Image.BitmapPixelFormat': 'constructor' })).toMatch(/none of Rgb8/)
    expect(await said({ author: 'somebody' })).toBe('accepted')
  })

  test('no text in it crashes the reader', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"scale":${json}}`),
    )
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const outcome = await refusal(withMetadata(echo([2]), { 'merlon.preprocessing': value }))
        expect(outcome).toMatch(/^accepted$|^PREPROCESSING_INVALID/)
      }),
      { numRuns: 60 },
    )
  })
})

test.each([
  ['a count that is not the model’s', { mean: [1, 2] }, /mean has 2 numbers and the model takes 3/],
  ['a picture step in front of a table', { layout: 'nchw-to-nhwc' }, /layout is for pictures/],
  ['colours that the model does not take', { channels: 'grey-to-rgb' }, /channels is for pictures/],
  ['a resize of a table', { resize: { from: [1, 1] } }, /resize is for pictures/],
] as const)('%s is refused', async (_, steps, message) => {
  const outcome = await refusal(echo([3]), steps as Preprocessing)
  expect(outcome).toMatch(/^PREPROCESSING_INVALID/)
  expect(outcome).toMatch(message)
})

test('a model of an opset before broadcasting is refused, with the way out', async () => {
  const old = graphBytes(
    sketched({
      inputs: [['x', [-1, 2]]],
      outputs: [['y', [-1, 2]]],
      nodes: [['Relu', ['x'], ['y']]],
      opset: 6,
    }),
  )
  expect(await refusal(old, { scale: 2 })).toMatch(/^OPSET_UNSUPPORTED.*export it again/)
})

describe('training and parameter gradients', () => {
  const bytes = graphBytes(
    sketched({
      inputs: [['x', [-1, 2]]],
      outputs: [['y', [-1, 2]]],
      nodes: [['MatMul', ['x', 'w'], ['y']]],
      constants: { w: floats([2, 2], 0, 0, 0, 0) },
    }),
  )
  const batch = { shape: [1, 2], data: Float32Array.of(1, 2) }

  test('see prepared samples', async () => {
    const preprocessing = { scale: 10 }
    const found = await parameterGradients(bytes, batch, Int32Array.of(0), { preprocessing })
    expect([...found.keys()]).toEqual(['w'])
    // dL/dw = x (p - onehot) with p = (1/2, 1/2)
    expect([...found.get('w')!.data]).toEqual([-5, 5, -10, 10])
  })

  test('learn weights only, and leave the steps to the metadata of what is written', async () => {
    const optimizer = { kind: 'sgd', learningRate: 0.1 } as const
    const preprocessing = { scale: 10 }
    const trainer = await openTrainer(bytes, { optimizer, threads: 1, preprocessing })
    expect(trainer.parameters).toEqual(['w'])
    await trainer.step(batch, Int32Array.of(0))
    const trained = trainer.export()
    expect(await seen(trained, {}, batch)).toEqual(nearTo([2.5, -2.5]))
    expect(await seen(trained, undefined, batch)).toEqual(nearTo([25, -25]))
    await trainer.close()
  })
})
