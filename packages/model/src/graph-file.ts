import { create } from '@bufbuild/protobuf'
import { withoutTrailingBlanks } from './blank-inputs.ts'
import { type Constant, readTensor, tensorProto } from './constant.ts'
import { EngineError, quoted } from './errors.ts'
import { externalTensors } from './external-data.ts'
import type { Graph, GraphNode, GraphPort } from './graph.ts'
import { limits } from './limits.ts'
import { type ParsedModel, writeModel } from './model-file.ts'
import {
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorShapeProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts'

/**
 * The graph of a file as the passes want it. Initialisers that are also listed as inputs are constants.
 * @throws EngineError MODEL_UNREADABLE, EXTERNAL_DATA_UNSUPPORTED
 */
export function graphOf(model: ParsedModel): Graph {
  refuseExternal(model)
  const { graph } = model
  const constants = new Map<string, Constant>()
  for (const proto of graph.initializer) {
    const name = proto.name ?? ''
    constants.set(name, readTensor(proto, name))
  }
  const own = model.opsetImport.filter(({ domain }) => isOwnDomain(domain ?? ''))
  const others = model.opsetImport.filter(({ domain }) => !isOwnDomain(domain ?? ''))
  return {
    opset: own.reduce((newest, { version }) => Math.max(newest, Number(version ?? 0)), 0),
    irVersion: Number(model.irVersion ?? 0),
    domains: new Map(others.map(({ domain, version }) => [domain ?? '', Number(version ?? 0)])),
    functions: model.functions,
    inputs: graph.input.filter(({ name }) => !constants.has(name ?? '')).map(portOf),
    outputs: graph.output.map(portOf),
    nodes: graph.node.map(nodeOf),
    constants,
    initialisers: new Set(constants.keys()),
  }
}

/** What reaches the runtime must be whole: it would look for other files in the current folder, whatever their names. */
function refuseExternal(model: ParsedModel): void {
  const [tensor] = externalTensors(model)
  if (tensor === undefined) return
  throw new EngineError(
    'EXTERNAL_DATA_UNSUPPORTED',
    `tensor ${quoted(tensor.name ?? '')} keeps its data in another file, and only the path of a model says where; open it by its path`,
  )
}

/** A graph as the bytes of an ONNX file. */
export function graphBytes(graph: Graph): Uint8Array {
  return writeModel(modelOf(graph))
}

/** A graph as the message of an ONNX file. */
export function modelOf(graph: Graph): ModelProto {
  const domains = [['', graph.opset] as const, ...graph.domains]
  return create(ModelProtoSchema, {
    irVersion: BigInt(Math.max(8, graph.irVersion)),
    producerName: 'merlon',
    opsetImport: domains.map(([domain, version]) => ({ domain, version: BigInt(version) })),
    functions: [...graph.functions],
    graph: {
      name: 'graph',
      node: graph.nodes.map(nodeProto),
      initializer: [...graph.constants].map(([name, constant]) => tensorProto(name, constant)),
      input: graph.inputs.map(portProto),
      output: graph.outputs.map(portProto),
    },
  })
}

/** True for the domain of ONNX's own operators, under both of its names. */
export function isOwnDomain(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx'
}

/** A node of a file. */
export function nodeOf(node: NodeProto): GraphNode {
  return {
    name: node.name ?? '',
    op: node.opType ?? '',
    domain: isOwnDomain(node.domain ?? '') ? '' : (node.domain ?? ''),
    inputs: node.input,
    outputs: node.output,
    attributes: node.attribute,
  }
}

/** A node as it stands in a file. */
export function nodeProto({ name, op, domain, inputs, outputs, attributes }: GraphNode): NodeProto {
  return create(NodeProtoSchema, {
    name,
    opType: op,
    domain,
    input: withoutTrailingBlanks(inputs),
    output: [...outputs],
    attribute: [...attributes],
  })
}

function portOf({ name, type }: ValueInfoProto): GraphPort {
  if (name === undefined || name === '') {
    throw new EngineError('MODEL_UNREADABLE', 'an input or output of the graph has no name')
  }
  if (type?.value.case !== 'tensorType') return { name, type: 0, shape: undefined }
  const { elemType, shape } = type.value.value
  return { name, type: elemType ?? 0, shape: shape === undefined ? undefined : sizes(name, shape) }
}

function sizes(name: string, { dim }: TensorShapeProto): number[] {
  if (dim.length > limits.tensorRankMax) {
    throw new EngineError(
      'MODEL_UNREADABLE',
      `${quoted(name)} has ${dim.length} dimensions, more than ${limits.tensorRankMax}`,
    )
  }
  return dim.map(({ value }) => {
    if (value.case !== 'dimValue') return -1
    const size = Number(value.value)
    if (Number.isSafeInteger(size)) return size < 0 ? -1 : size
    throw new EngineError('MODEL_UNREADABLE', `${quoted(name)} has an impossible dimension`)
  })
}

/** A port as a file holds it; a free first dimension is called batch. */
export function portProto({ name, type, shape }: GraphPort): ValueInfoProto {
  if (type === 0) return create(ValueInfoProtoSchema, { name })
  const dim = shape?.map((size, axis) => ({
    value:
      size < 0
        ? ({ case: 'dimParam', value: axis === 0 ? 'batch' : `free_${axis}` } as const)
        : ({ case: 'dimValue', value: BigInt(size) } as const),
  }))
  const tensor = { elemType: type, ...(dim === undefined ? {} : { shape: { dim } }) }
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: tensor } },
  })
}
