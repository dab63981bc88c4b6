import { create } from '@bufbuild/protobuf'
import { type ElementType, elementTypeOf, elementTypes } from './element-type.ts'
import { EngineError, quoted } from './errors.ts'
import { halfBits, halfValue } from './half.ts'
import { limits } from './limits.ts'
import { type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from './onnx_pb.ts'

/**
 * A tensor that stands in a graph. `bytes` are little-endian numbers and may be an unaligned view of the
 * file: read them with `floatsOf` or `numbersOf`. Strings keep their own list.
 */
export interface Constant {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
  readonly strings?: readonly Uint8Array[]
}

/**
 * Reads a tensor of a file.
 * @throws EngineError MODEL_UNREADABLE if type, dimensions and data do not fit each other;
 * EXTERNAL_DATA_UNSUPPORTED if the data lies in another file
 */
export function readTensor(proto: TensorProto, name: string): Constant {
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL || proto.externalData.length > 0) {
    throw new EngineError(
      'EXTERNAL_DATA_UNSUPPORTED',
      `tensor ${quoted(name)} keeps its data in another file, and only the path of a model says where; open it by its path`,
    )
  }
  const type = elementTypeOf(proto.dataType)
  if (type === undefined) {
    throw unreadable(name, `has the unknown data type ${proto.dataType ?? 'none'}`)
  }
  const shape = proto.dims.map(Number)
  const isShape = shape.length <= limits.tensorRankMax && shape.every((size) => size >= 0)
  const count = shape.reduce((product, size) => product * size, 1)
  if (!isShape || !Number.isSafeInteger(count)) throw unreadable(name, 'has impossible dimensions')
  if (type === 'string') {
    if (proto.stringData.length !== count) throw unreadable(name, 'has too few or too many strings')
    return { type, shape, bytes: new Uint8Array(), strings: proto.stringData }
  }
  const bytes = proto.rawData ?? typedBytes(proto, type)
  const expected = Math.ceil(count * elementTypes[type].bytes)
  if (bytes.length !== expected) {
    throw unreadable(name, `holds ${bytes.length} bytes where its dimensions need ${expected}`)
  }
  return { type, shape, bytes }
}

/** The tensor as a file holds it, its data raw. */
export function tensorProto(name: string, { type, shape, bytes, strings }: Constant): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: elementTypes[type].code,
    ...(strings === undefined ? { rawData: bytes } : { stringData: [...strings] }),
  })
}

/** The numbers of a float32 constant, copied so that they are aligned. */
export function floatsOf({ bytes }: Constant): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

/** The numbers of an integer, bool or float constant as doubles (int64 beyond 2^53 loses digits). */
export function numbersOf(constant: Constant): number[] {
  const { type, bytes } = constant
  const size = elementTypes[type].bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = readers[type]
  if (read === undefined) throw new EngineError('MODEL_REFUSED', `a ${type} tensor is not numbers`)
  return Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size))
}

const readers: Partial<Record<ElementType, (view: DataView, at: number) => number>> = {
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  float16: (view, at) => halfValue(view.getUint16(at, true)),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
}

/** A float32 constant. */
export function floatConstant(data: Float32Array, shape: readonly number[]): Constant {
  return {
    type: 'float32',
    shape,
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }
}

/** An int64 constant. Values beyond 2^53 must come as bigint. */
export function intConstant(
  values: readonly (number | bigint)[],
  shape: readonly number[],
): Constant {
  const data = BigInt64Array.from(values, BigInt)
  return { type: 'int64', shape, bytes: new Uint8Array(data.buffer) }
}

/** A scalar of a float type, for the factors of a formula. */
export function scalarConstant(value: number, type: ElementType): Constant {
  switch (type) {
    case 'float64':
      return { type, shape: [], bytes: bytesOf(Float64Array.of(value)) }
    case 'float16':
      return { type, shape: [], bytes: bytesOf(Uint16Array.of(halfBits(value))) }
    case 'bfloat16':
      // The upper half of a float32.
      return { type, shape: [], bytes: bytesOf(Float32Array.of(value)).slice(2) }
    default:
      return { type: 'float32', shape: [], bytes: bytesOf(Float32Array.of(value)) }
  }
}

function typedBytes(proto: TensorProto, type: ElementType): Uint8Array {
  switch (type) {
    case 'float32':
    case 'complex64':
      return bytesOf(Float32Array.from(proto.floatData))
    case 'float64':
    case 'complex128':
      return bytesOf(Float64Array.from(proto.doubleData))
    case 'int64':
      return bytesOf(BigInt64Array.from(proto.int64Data))
    case 'uint64':
      return bytesOf(BigUint64Array.from(proto.uint64Data))
    case 'uint32':
      return bytesOf(Uint32Array.from(proto.uint64Data, Number))
    case 'int32':
      return bytesOf(Int32Array.from(proto.int32Data))
    default:
      return elementTypes[type].bytes === 2
        ? bytesOf(Uint16Array.from(proto.int32Data))
        : bytesOf(Uint8Array.from(proto.int32Data))
  }
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function unreadable(name: string, what: string): EngineError {
  return new EngineError(
    'MODEL_UNREADABLE',
    `tensor ${quoted(name)} ${what}; the file is damaged, export it again`,
  )
}
