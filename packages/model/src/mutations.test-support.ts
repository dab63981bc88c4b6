import { fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Random } from '@merlon/core'
import { pick, whole } from './gradient/cases/draw.test-support.ts'
import {
  AttributeProto_AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
} from './onnx_pb.ts'

/** What a hostile or damaged file does with a good one. */
type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

/** The structure of a small model stands at its ends; half of the changes go there. */
function place(bytes: Uint8Array, random: Random): number {
  const edge = Math.min(bytes.length, 4096)
  const inside = whole(random, 0, edge - 1)
  return pick(random, [whole(random, 0, bytes.length - 1), inside, bytes.length - 1 - inside])
}

const flips: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  for (let i = whole(random, 1, 8); i > 0; i--)
    copy[place(bytes, random)]! ^= 1 << whole(random, 0, 7)
  return copy
}

const cut: Mutation = (bytes, random) => bytes.slice(0, whole(random, 0, bytes.length))

/** A part of another file, or of this one, in place of a part. */
const splice: Mutation = (bytes, random, other) => {
  const source = pick(random, [bytes, other])
  const from = place(source, random)
  const part = source.subarray(from, from + whole(random, 1, 600))
  const at = place(bytes, random)
  const gone = pick(random, [0, part.length, whole(random, 0, 600)])
  return Uint8Array.from([...bytes.subarray(0, at), ...part, ...bytes.subarray(at + gone)])
}

const wildNumbers = [
  -1n,
  0n,
  1n,
  2n,
  3n,
  7n,
  1000n,
  2n ** 20n,
  2n ** 31n,
  2n ** 40n,
  2n ** 62n,
  -(2n ** 63n),
]

/** Changes of the message itself, each of which leaves a readable file. */
const edits: readonly ((graph: GraphProto, random: Random, model: ModelProto) => void)[] = [
  (graph, random) => {
    const tensor = pick(random, graph.initializer)
    if (tensor !== undefined && tensor.dims.length > 0) {
      tensor.dims[whole(random, 0, tensor.dims.length - 1)] = pick(random, wildNumbers)
    }
  },
  (graph, random) => {
    const tensor = pick(random, graph.initializer)
    if (tensor !== undefined) tensor.dataType = whole(random, 0, 30)
  },
  (graph, random) => {
    if (graph.initializer.length > 0)
      graph.initializer.splice(whole(random, 0, graph.initializer.length - 1), 1)
  },
  (graph, random) => {
    const [one, two] = [pick(random, graph.node), pick(random, graph.node)]
    if (one !== undefined && two !== undefined) one.opType = two.opType ?? ''
  },
  (graph, random) => {
    const [one, two] = [pick(random, graph.node), pick(random, graph.node)]
    if (one === undefined || two === undefined || one.input.length === 0) return
    one.input[whole(random, 0, one.input.length - 1)] = pick(random, [
      ...two.output,
      ...two.input,
      '',
    ])
  },
  (graph, random) => {
    const attributes = graph.node.flatMap(({ attribute }) => attribute)
    const found = pick(random, attributes)
    if (found === undefined) return
    found.i = pick(random, wildNumbers)
    if (found.ints.length > 0)
      found.ints[whole(random, 0, found.ints.length - 1)] = pick(random, wildNumbers)
    if (random() < 0.3) found.ints = found.ints.slice(1)
    if (random() < 0.3) found.f = pick(random, [Number.NaN, 1e30, -1, 0])
    if (random() < 0.1) found.type = AttributeProto_AttributeType.TENSOR
  },
  (graph, random) => {
    const type = pick(random, [...graph.input, ...graph.output])?.type?.value
    if (type?.case !== 'tensorType') return
    const dim = pick(random, type.value.shape?.dim ?? [])
    if (dim !== undefined) dim.value = { case: 'dimValue', value: pick(random, wildNumbers) }
    if (random() < 0.2) type.value.elemType = whole(random, 0, 30)
  },
  (graph, random) => {
    const node = pick(random, graph.node)
    if (node !== undefined) graph.node.splice(whole(random, 0, graph.node.length - 1), 1, node)
  },
  (_, random, model) => {
    for (const each of model.opsetImport) each.version = BigInt(whole(random, -1, 40))
  },
]

const edit: Mutation = (bytes, random) => {
  const model = fromBinary(ModelProtoSchema, bytes.slice())
  if (model.graph === undefined) return bytes
  for (let i = whole(random, 1, 3); i > 0; i--) pick(random, edits)(model.graph, random, model)
  return toBinary(ModelProtoSchema, model)
}

/** One damaged file: the last kind is as likely as two, since only it gets past the parser every time. */
export function mutated(files: readonly Uint8Array[], random: Random): Uint8Array {
  const mutation = pick(random, [flips, cut, splice, edit, edit])
  return mutation(pick(random, files), random, pick(random, files))
}
