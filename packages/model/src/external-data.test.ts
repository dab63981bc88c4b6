import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeAttributes } from './attributes.ts'
import { perExampleGradientNorms } from './clipped-gradient.ts'
import { tensorProto } from './constant.ts'
import { describeModel, describeModelFile } from './describe-model.ts'
import { modelOf } from './graph-file.ts'
import { readModel, writeModel } from './model-file.ts'
import { FunctionProtoSchema, StringStringEntryProtoSchema, type TensorProto } from './onnx_pb.ts'
import { openModel } from './onnx-model.ts'
import { parameterGradients } from './parameter-gradients.ts'
import { runtimeFileOf } from './runtime-file.ts'
import { Session } from './session.ts'
import { floats, linear, sketched, sketchedBytes } from './test-graphs.test-support.ts'
import { openTrainer } from './trainer.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merlon-external-'))
  await mkdir(join(folder, 'model'))
})
afterEach(() => rm(folder, { recursive: true }))

const batch = { shape: [1, 2], data: new Float32Array([3, 5]) }
const weights = new Float32Array([1, 0, -1, 2, 1, 0])

function moveOut(tensor: TensorProto, entries: Readonly<Record<string, string>>): void {
  tensor.rawData = undefined
  tensor.dataLocation = 1
  tensor.externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  )
}

/** The linear model with its weights elsewhere, saved in the folder `model`. */
async function saved(entries: Readonly<Record<string, string>>): Promise<string> {
  const model = readModel(sketchedBytes(linear))
  moveOut(model.graph.initializer[0]!, entries)
  const path = join(folder, 'model', 'model.onnx')
  await writeFile(path, writeModel(model))
  return path
}

describe('weights beside a model', () => {
  test('are read from a part of a file, for scores, gradients and training', async () => {
    await writeFile(
      join(folder, 'model', 'weights.bin'),
      Buffer.concat([Buffer.alloc(7), Buffer.from(weights.buffer), Buffer.alloc(3)]),
    )
    const path = await saved({ location: 'weights.bin', offset: '7', length: '24' })
    const [model, whole] = await Promise.all([openModel(path), openModel(sketchedBytes(linear))])
    const label = Int32Array.of(1)
    expect(await model.scores(batch)).toEqual(await whole.scores(batch))
    expect(await model.lossGradient(batch, label)).toEqual(await whole.lossGradient(batch, label))
    expect(await parameterGradients(path, batch, label)).toEqual(
      await parameterGradients(sketchedBytes(linear), batch, label),
    )
    expect(await describeModelFile(path)).toEqual(model.signature)
    expect(await perExampleGradientNorms(path, batch, label)).toEqual(
      await perExampleGradientNorms(sketchedBytes(linear), batch, label),
    )
    await Promise.all([model.close(), whole.close()])
    const trainer = await openTrainer(path, { optimizer: { kind: 'sgd', learningRate: 0.1 } })
    await trainer.step(batch, label)
    const learnt = await openModel(trainer.export())
    expect((await learnt.scores(batch)).data).not.toEqual(new Float32Array([13, 5, -3]))
    await Promise.all([trainer.close(), learnt.close()])
  })

  test('may lie in a folder below, and behind a link that stays inside', async () => {
    await mkdir(join(folder, 'model', 'data'))
    await writeFile(join(folder, 'model', 'data', 'w'), new Uint8Array(weights.buffer))
    await symlink('w', join(folder, 'model', 'data', 'link'))
    for (const location of ['data/w', 'data/link', './data/w']) {
      const model = await openModel(await saved({ location }))
      expect((await model.scores(batch)).data).toEqual(new Float32Array([13, 5, -3]))
      await model.close()
    }
  })

  test.each([
    '../secret',
    'data/../../secret',
    '..\\secret',
    '/etc/passwd',
    'C:\\secret',
    '\\\\host\\share',
    '',
    '.',
    'secret\0',
    'way-out',
    'way-out-folder/secret',
  ])('are refused at %j, as nothing outside is read', async (location) => {
    await writeFile(join(folder, 'secret'), new Uint8Array(weights.buffer))
    await symlink('../secret', join(folder, 'model', 'way-out'))
    await symlink('..', join(folder, 'model', 'way-out-folder'))
    await expect(openModel(await saved({ location }))).rejects.toMatchObject({
      code: 'EXTERNAL_DATA_REFUSED',
    })
  })

  test.each([
    [{ location: 'nowhere' }, 'MODEL_NOT_FOUND'],
    [{ location: 'w', offset: '1' }, 'MODEL_UNREADABLE'],
    [{ location: 'w', offset: '25' }, 'MODEL_UNREADABLE'],
    [{ location: 'w', length: '25' }, 'MODEL_UNREADABLE'],
    [{ location: 'w', length: '20' }, 'MODEL_UNREADABLE'],
    [{ location: 'w', offset: '-1' }, 'MODEL_UNREADABLE'],
    [{ location: 'w', length: '9999999999999999999' }, 'MODEL_UNREADABLE'],
  ] as const)('that are not there or do not fit (%j) are %s', async (entries, code) => {
    await writeFile(join(folder, 'model', 'w'), new Uint8Array(weights.buffer))
    await expect(openModel(await saved(entries))).rejects.toMatchObject({ code })
  })

  test('are refused for bytes, also where a node or a function holds the tensor', async () => {
    const tensor = tensorProto('t', floats([1], 1))
    moveOut(tensor, { location: 'package.json' })
    const inside = modelOf({
      ...sketched(linear),
      nodes: [
        ...sketched(linear).nodes,
        {
          name: 'hidden',
          op: 'Constant',
          domain: '',
          inputs: [],
          outputs: ['unused'],
          attributes: [{ ...makeAttributes({ value: 0 })[0]!, type: 4, t: tensor }],
        },
      ],
    })
    const inFunction = create(FunctionProtoSchema, {
      name: 'f',
      domain: 'own',
      node: inside.graph!.node.slice(-1),
    })
    const around = { ...readModel(sketchedBytes(linear)), functions: [inFunction] }
    for (const bytes of [writeModel(inside), writeModel(around)]) {
      await expect(openModel(bytes)).rejects.toMatchObject({ code: 'EXTERNAL_DATA_UNSUPPORTED' })
      expect(() => describeModel(bytes)).toThrow(
        expect.objectContaining({ code: 'EXTERNAL_DATA_UNSUPPORTED' }),
      )
    }
  })
})

test('large tensors go to the runtime beside the message', async () => {
  const size = 256
  const identity = Float32Array.from({ length: size * size }, (_, i) =>
    Number(i % (size + 1) === 0),
  )
  const file = runtimeFileOf(
    sketched({
      inputs: [['x', [-1, size]]],
      outputs: [['y', [-1, size]]],
      nodes: [['MatMul', ['x', 'w'], ['y']]],
      constants: { w: floats([size, size], ...identity) },
    }),
  )
  expect(file.bytes.length).toBeLessThan(1000)
  expect(file.externalData.map(({ data }) => data.length)).toEqual([4 * size * size])
  const session = await Session.open(file, { name: 'the graph', threads: 1 })
  const x = {
    type: 'float32',
    shape: [1, size],
    data: Float32Array.from({ length: size }, Math.sin),
  }
  expect((await session.run({ x })).y).toEqual(x)
  await session.close()
})
