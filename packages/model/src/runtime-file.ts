import { create } from '@bufbuild/protobuf'
import { elementTypeOf, elementTypes } from './element-type.ts'
import type { Graph, GraphPort } from './graph.ts'
import { modelOf } from './graph-file.ts'
import { limits } from './limits.ts'
import { writeModel } from './model-file.ts'
import {
  type ModelProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './onnx_pb.ts'

/**
 * A model for the runtime: a small message, and the large tensors in memory beside it, which need not be encoded and
 * may be larger than a message can be.
 */
export interface RuntimeFile {
  readonly bytes: Uint8Array
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[]
  /** The outputs that a run gives, if there are more that nobody asked for. */
  readonly fetches?: readonly string[]
}

/**
 * A graph for the runtime. Of an unrolled one every value is made an output, and those that were outputs are fetched: the
 * runtime plans which value may take another one's memory, in time that grows with nearly the cube of a graph's length where
 * sizes are free, and does not plan for outputs.
 */
export function runtimeFileOf(graph: Graph): RuntimeFile {
  if (graph.isUnrolled !== true) return runtimeFile(modelOf(graph))
  const fetches = graph.outputs.map(({ name }) => name)
  const named = new Set(fetches)
  const others = graph.nodes.flatMap(({ outputs }) =>
    outputs.filter((name) => name !== '' && !named.has(name)),
  )
  const ports = others.map((name): GraphPort => ({ name, type: 0, shape: undefined }))
  return { ...runtimeFile(modelOf({ ...graph, outputs: [...graph.outputs, ...ports] })), fetches }
}

/** A model for the runtime. The message is not changed. */
export function runtimeFile(model: ModelProto): RuntimeFile {
  const externalData: { path: string; data: Uint8Array }[] = []
  const initializer = model.graph?.initializer.map((tensor) => {
    const { rawData } = tensor
    if (rawData === undefined || rawData.length < limits.inlineTensorBytesMax) return tensor
    if (!isAligned(rawData, tensor)) return tensor
    const path = `merlon-${externalData.length}`
    externalData.push({ path, data: rawData })
    return reference(tensor, path, rawData.length)
  })
  if (model.graph === undefined || initializer === undefined || externalData.length === 0) {
    return { bytes: writeModel(model), externalData }
  }
  return { bytes: writeModel({ ...model, graph: { ...model.graph, initializer } }), externalData }
}

/** A view of a file may begin at any byte; the runtime reads whole numbers. */
function isAligned({ byteOffset }: Uint8Array, { dataType }: TensorProto): boolean {
  const type = elementTypeOf(dataType)
  return type !== undefined && byteOffset % Math.max(1, elementTypes[type].bytes) === 0
}

function reference({ name, dims, dataType }: TensorProto, path: string, length: number) {
  const entries = { location: path, offset: '0', length: String(length) }
  return create(TensorProtoSchema, {
    ...(name === undefined ? {} : { name }),
    dims,
    ...(dataType === undefined ? {} : { dataType }),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  })
}
