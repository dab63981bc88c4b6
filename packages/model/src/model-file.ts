import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { countNodes } from './count-nodes.ts'
import { EngineError, quoted } from './errors.ts'
import { limits } from './limits.ts'
import { type GraphProto, type ModelProto, ModelProtoSchema } from './onnx_pb.ts'

/** An ONNX file as its protobuf message, with a graph in it. */
export type ParsedModel = ModelProto & { readonly graph: GraphProto }

/**
 * Reads the bytes of an ONNX file. The message views the bytes: do not change them afterwards.
 * @throws EngineError MODEL_UNREADABLE if this is not an ONNX file, MODEL_TOO_LARGE beyond a limit
 */
export function readModel(bytes: Uint8Array, name = 'the model'): ParsedModel {
  if (bytes.length > limits.modelBytesMax) {
    throw new EngineError(
      'MODEL_TOO_LARGE',
      `${quoted(name)} has ${bytes.length} bytes, more than ${limits.modelBytesMax}`,
    )
  }
  const model = parse(bytes, name)
  if (!hasGraph(model) || (model.graph.node.length === 0 && model.graph.output.length === 0)) {
    throw notOnnx(name, 'it holds no graph')
  }
  if (model.opsetImport.length === 0) throw notOnnx(name, 'it does not say which opset it uses')
  const { initializer } = model.graph
  const nodes = countNodes(model.graph.node, [], name)
  const called = countNodes(model.graph.node, model.functions, name) - nodes
  const sizes = [
    [nodes, limits.graphNodesMax, 'nodes'],
    [called, limits.functionNodesMax, 'nodes in the functions that it calls'],
    [initializer.length, limits.graphInitialisersMax, 'initialisers'],
  ] as const
  for (const [count, most, what] of sizes) {
    if (count > most) {
      throw new EngineError(
        'MODEL_TOO_LARGE',
        `${quoted(name)} has ${count} ${what}, more than ${most}`,
      )
    }
  }
  return model
}

/** The bytes of a model; a model that was read and not changed gives its own bytes again. */
export function writeModel(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model)
}

function parse(bytes: Uint8Array, name: string): ModelProto {
  if (bytes.length === 0) throw notOnnx(name, 'it is empty')
  try {
    // A Buffer's slice() is a view where a Uint8Array's is a copy: never let one into the message.
    return fromBinary(
      ModelProtoSchema,
      new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    )
  } catch (cause) {
    const why = isText(bytes) ? 'it is text' : 'it is damaged or cut short'
    throw notOnnx(name, why, cause)
  }
}

function hasGraph(model: ModelProto): model is ParsedModel {
  return model.graph !== undefined
}

function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 256).every((byte) => byte >= 9 && byte !== 127)
}

function notOnnx(name: string, why: string, cause?: unknown): EngineError {
  return new EngineError(
    'MODEL_UNREADABLE',
    `${quoted(name)} is not an ONNX model: ${why}; export the model to ONNX again and give that file`,
    { cause },
  )
}
