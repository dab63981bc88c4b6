import { readdirSync, readFileSync } from 'node:fs'
import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { assert } from '@merlon/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { buildLenet } from './build-lenet.ts'
import { numbersOf, readTensor } from './constant.ts'
import { describeModel } from './describe-model.ts'
import { EngineError } from './errors.ts'
import { readModel, writeModel } from './model-file.ts'
import {
  FunctionProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
} from './onnx_pb.ts'

const lenet = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 })

describeWith('shared', 'a file that is read and written again', (shared) => {
  test('is the same byte for byte, for every model of three exporters', () => {
    const reference = `${shared}/reference/gradients`
    const files = readdirSync(reference, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.onnx'))
      .map((file) => `${reference}/${file}`)
    const models = ['mnist_std', 'mnist_adv'].map((name) => `${shared}/data/models/${name}.onnx`)
    expect(files.length).toBeGreaterThan(40)
    for (const file of [...files, ...models]) {
      const bytes = readFileSync(file)
      expect(bytes.equals(writeModel(readModel(bytes))), file).toBe(true)
    }
  })
})

describe('a model file', () => {
  test('keeps fields that this version does not know', () => {
    const extra = new BinaryWriter()
      .tag(999, WireType.LengthDelimited)
      .string('from the future')
      .finish()
    const bytes = new Uint8Array([...lenet, ...extra])
    const written = writeModel(readModel(bytes))
    expect(Buffer.from(written).includes('from the future')).toBe(true)
    expect(Buffer.from(written).equals(bytes)).toBe(true)
  })

  test('is not changed when the message that was read from a Buffer is', () => {
    const bytes = Buffer.from(lenet)
    const raw = readModel(bytes).graph.initializer[0]?.rawData?.slice()
    raw?.fill(0)
    expect(bytes.equals(lenet)).toBe(true)
  })

  test.each([
    ['text', Buffer.from('# A model\nThis is a readme, not a model.\n'), 'it is text'],
    ['nothing', Buffer.alloc(0), 'it is empty'],
    [
      'a truncated model',
      Buffer.from(lenet.subarray(0, lenet.length - 100)),
      'damaged or cut short',
    ],
    ['a message without a graph', Buffer.from([0x08, 0x08]), 'it holds no graph'],
  ])('of %s is refused in one sentence', (_, bytes, why) => {
    expect(() => readModel(bytes, 'model.onnx')).toThrow(
      expect.objectContaining({ code: 'MODEL_UNREADABLE', message: expect.stringContaining(why) }),
    )
  })

  test.each([
    ['double each other', 20, (k: number) => [`f${k - 1}`, `f${k - 1}`], 'functions that it calls'],
    ['call themselves', 1, () => ['f1'], 'more than 64 deep'],
    ['call each other on and on', 2000, (k: number) => [`f${k - 1}`], 'more than 64 deep'],
  ] as const)('whose functions %s is refused', (_, functions, calls, message) => {
    const model = readModel(lenet)
    const names = Array.from({ length: functions }, (_, i) => i + 1)
    model.functions = names.map((k) => {
      const node = calls(k).map((opType) => create(NodeProtoSchema, { domain: 'own', opType }))
      return create(FunctionProtoSchema, { domain: 'own', name: `f${k}`, node })
    })
    expect(() => readModel(writeModel(model))).not.toThrow()
    model.graph.node.push(create(NodeProtoSchema, { domain: 'own', opType: `f${functions}` }))
    expect(() => readModel(writeModel(model))).toThrow(
      expect.objectContaining({
        code: 'MODEL_TOO_LARGE',
        message: expect.stringContaining(message),
      }),
    )
  })

  test('that names a great many opsets has the newest of them', () => {
    const model = readModel(lenet)
    const older = create(OperatorSetIdProtoSchema, { version: 1n })
    model.opsetImport.push(...Array.from({ length: 100_000 }, () => older))
    model.opsetImport.push(...Array.from({ length: 100_000 }, () => older))
    expect(describeModel(writeModel(model)).opset).toBe(17)
  })

  test('with an input of a great many dimensions is refused in a short sentence', () => {
    const model = readModel(lenet)
    const type = model.graph.input[0]?.type?.value
    assert(type?.case === 'tensorType' && type.value.shape !== undefined, 'the input is a tensor')
    const { dim } = type.value.shape
    for (let axis = 0; axis < 50_000; axis++) dim.push(dim[1]!)
    const sentence = expect.stringMatching(/^.{1,99}has 50004 dimensions, more than 16$/)
    expect(() => describeModel(writeModel(model))).toThrow(
      expect.objectContaining({ code: 'MODEL_UNREADABLE', message: sentence }),
    )
  })

  test.each([20, 2000])('of graphs within graphs, %d deep, is refused', (depth) => {
    let graph: Uint8Array = new Uint8Array()
    // Written from the inside: each level is a node whose attribute holds the level before.
    for (let level = 0; level < depth; level++) {
      const attribute = new BinaryWriter().tag(6, WireType.LengthDelimited).bytes(graph).finish()
      const node = new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(attribute).finish()
      graph = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(node).finish()
    }
    const bytes = new BinaryWriter()
      .tag(8, WireType.LengthDelimited)
      .bytes(new Uint8Array([0x10, 17]))
      .tag(7, WireType.LengthDelimited)
      .bytes(graph)
      .finish()
    expect(() => readModel(bytes)).toThrow(EngineError)
  })

  test('with any bytes changed or cut gives a model or a coded error', () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.nat(lenet.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(lenet.length),
      fc.boolean(),
      (changes, end, isCut) => {
        const bytes = lenet.slice(0, isCut ? end : lenet.length)
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte
        try {
          describeModel(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError)
        }
      },
    )
    fc.assert(property, { numRuns: 400, seed: 7 })
  })

  test('with its first bytes changed gives a model or a coded error', () => {
    // The structure stands at the front; the rest are weights.
    const property = fc.property(
      fc.array(fc.tuple(fc.nat(900), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const bytes = lenet.slice()
        for (const [place, byte] of changes) bytes[place] = byte
        try {
          describeModel(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError)
        }
      },
    )
    fc.assert(property, { numRuns: 400, seed: 8 })
  })
})

describe('a tensor of a file', () => {
  const read = (init: Parameters<typeof create<typeof TensorProtoSchema>>[1]) =>
    readTensor(create(TensorProtoSchema, init), 't')

  test('holds int64 exactly, in raw and in typed form', () => {
    const values = [9_007_199_254_740_993n, -(2n ** 63n), 2n ** 63n - 1n]
    const raw = new Uint8Array(BigInt64Array.from(values).buffer)
    const typed = read({ dims: [3n], dataType: 7, int64Data: values })
    expect(typed.bytes).toEqual(raw)
    expect(read({ dims: [3n], dataType: 7, rawData: raw }).bytes).toEqual(raw)
    expect(
      toBinary(TensorProtoSchema, create(TensorProtoSchema, { int64Data: values })).length,
    ).toBeGreaterThan(20)
  })

  test('is read from unaligned bytes', () => {
    const padded = new Uint8Array(9)
    padded.set(new Uint8Array(new Float32Array([1.5, -2]).buffer), 1)
    expect(numbersOf(read({ dims: [2n], dataType: 1, rawData: padded.subarray(1) }))).toEqual([
      1.5, -2,
    ])
  })

  test.each([
    ['too few bytes', { dims: [3n], dataType: 1, rawData: new Uint8Array(8) }, 'MODEL_UNREADABLE'],
    [
      'a negative size',
      { dims: [-1n], dataType: 1, rawData: new Uint8Array(4) },
      'MODEL_UNREADABLE',
    ],
    ['an impossible size', { dims: [2n ** 62n, 8n], dataType: 1 }, 'MODEL_UNREADABLE'],
    [
      'an unknown type',
      { dims: [1n], dataType: 99, rawData: new Uint8Array(4) },
      'MODEL_UNREADABLE',
    ],
    ['data elsewhere', { dims: [1n], dataType: 1, dataLocation: 1 }, 'EXTERNAL_DATA_UNSUPPORTED'],
  ] as const)('with %s is refused', (_, init, code) => {
    expect(() => read({ ...init, dims: [...init.dims] })).toThrow(expect.objectContaining({ code }))
  })
})
