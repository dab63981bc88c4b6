import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { readModel, writeModel } from './model-file.ts'
import { NodeProtoSchema } from './onnx_pb.ts'
import { openModel } from './onnx-model.ts'
import { linear, sketchedBytes } from './test-graphs.test-support.ts'

type Message = ReturnType<typeof readModel>

function damaged(change: (model: Message) => void): Uint8Array {
  const model = readModel(sketchedBytes(linear))
  change(model)
  return writeModel(model)
}

async function refusal(bytes: Uint8Array): Promise<{ code?: string; message: string }> {
  try {
    const model = await openModel(bytes, { threads: 1 })
    try {
      await model.lossGradient({ shape: [1, 2], data: new Float32Array(2) }, new Int32Array(1))
    } finally {
      await model.close()
    }
  } catch (error) {
    return error as Error
  }
  return { message: 'nothing was refused' }
}

const input = ({ graph }: Message) => {
  const type = graph.input[0]?.type?.value
  return type?.case === 'tensorType' ? type.value : undefined
}

describe('one sentence refuses a graph', () => {
  test.each<[string, (model: Message) => void, RegExp]>([
    [
      'whose nodes wait for each other',
      ({ graph }) => {
        graph.node[0]!.input[0] = 'late'
        graph.node.push(create(NodeProtoSchema, { opType: 'Relu', input: ['y'], output: ['late'] }))
      },
      /^MODEL_(REFUSED|UNREADABLE)$/,
    ],
    [
      'without an initialiser that it reads',
      ({ graph }) => graph.initializer.pop(),
      /^MODEL_REFUSED$/,
    ],
    [
      'whose weights do not fit its input',
      ({ graph }) => {
        graph.initializer[0]!.dims = [3n, 2n]
      },
      /^(MODEL_REFUSED|RUN_FAILED)$/,
    ],
    [
      'whose weights have other dimensions than numbers',
      ({ graph }) => {
        graph.initializer[0]!.dims = [2n ** 31n, 2n ** 31n]
      },
      /^MODEL_UNREADABLE$/,
    ],
    [
      'that takes giant samples',
      (model) => {
        input(model)!.shape!.dim[1]!.value = { case: 'dimValue', value: 2n ** 40n }
      },
      /^(UNSUPPORTED_SIGNATURE|MODEL_REFUSED)$/,
    ],
    [
      'with an impossible dimension',
      (model) => {
        input(model)!.shape!.dim[1]!.value = { case: 'dimValue', value: 2n ** 62n }
      },
      /^MODEL_UNREADABLE$/,
    ],
    [
      'with an operator that nobody knows',
      ({ graph }) => {
        graph.node[0]!.opType = 'MatMull'
      },
      /^MODEL_REFUSED$/,
    ],
  ])('%s', async (_, change, code) => {
    const { code: found, message } = await refusal(damaged(change))
    expect(found).toMatch(code)
    expect(message).toMatch(/^[^\n]{20,500}$/)
  })
})
