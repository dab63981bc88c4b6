import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'

/** Numbers of an array in C order: the last axis runs fastest. */
export interface NumberArray {
  readonly type: NumberType
  readonly shape: readonly number[]
  readonly data: NumberData
}

export type NumberType = Row['type']
export type NumberData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** One row per element type that is read: NumPy's code, our name (ONNX's), and what holds it. */
const rows = [
  { code: 'f4', type: 'float32', Data: Float32Array },
  { code: 'f8', type: 'float64', Data: Float64Array },
  { code: 'i1', type: 'int8', Data: Int8Array },
  { code: 'u1', type: 'uint8', Data: Uint8Array },
  { code: 'b1', type: 'bool', Data: Uint8Array },
  { code: 'i2', type: 'int16', Data: Int16Array },
  { code: 'u2', type: 'uint16', Data: Uint16Array },
  { code: 'i4', type: 'int32', Data: Int32Array },
  { code: 'u4', type: 'uint32', Data: Uint32Array },
  { code: 'i8', type: 'int64', Data: BigInt64Array },
  { code: 'u8', type: 'uint64', Data: BigUint64Array },
] as const
type Row = (typeof rows)[number]

/** True for what begins like an NPY file. */
export function isNpy(head: Uint8Array): boolean {
  return head.length >= magic.length && magic.every((byte, i) => head[i] === byte)
}

/**
 * Reads an NPY file (NumPy Enhancement Proposal 1, versions 1 to 3): numbers only. An array of Python objects
 * is a pickle, which runs code when it is read: it is refused, never read.
 * @throws DatasetError DATASET_FORMAT_UNKNOWN, _TYPE_REFUSED, _TRUNCATED, _CORRUPT, _TOO_LARGE
 */
export function decodeNpy(bytes: Uint8Array, path: string): NumberArray {
  const { descr, isFortran, shape, start } = readHeader(bytes, path)
  const row = rows.find(({ code }) => code === descr.slice(1))
  if (row === undefined || !/^[<>|=]/.test(descr)) throw typeRefused(descr, path)
  const count = shape.reduce((product, size) => product * size, 1)
  if (count > limits.arrayNumbersMax || shape.length > limits.arrayRankMax) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${path} announces ${count} numbers in ${shape.length} dimensions, the limits are ${limits.arrayNumbersMax} and ${limits.arrayRankMax}; cut it down`,
    )
  }
  const { BYTES_PER_ELEMENT: width } = row.Data
  const end = start + count * width
  if (bytes.length < end) throw truncated(path, bytes.length, end)
  if (bytes.length > end) {
    throw corrupt(path, `has ${bytes.length - end} bytes more than its header says`)
  }
  // A copy, because a typed array must begin at a multiple of its width.
  let items = new Uint8Array(bytes.subarray(start, end))
  if (descr[0] === '>') reverseItems(items, width)
  if (isFortran && shape.length > 1) items = rowMajor(items, shape, width)
  return { type: row.type, shape, data: new row.Data(items.buffer) }
}

/** The bytes of an NPY file, version 1, C order. */
export function encodeNpy({ type, shape, data }: NumberArray): Uint8Array {
  const code = rows.find((row) => row.type === type)?.code ?? ''
  const order = data.BYTES_PER_ELEMENT === 1 ? '|' : '<'
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${sizes}), }`
  // The data begin at a multiple of 64, as NumPy writes them.
  const start = Math.ceil((magic.length + 4 + header.length + 1) / 64) * 64
  const text = `${header.padEnd(start - magic.length - 4 - 1)}\n`
  const bytes = new Uint8Array(start + data.byteLength)
  bytes.set(magic)
  bytes.set([1, 0, text.length & 255, text.length >> 8], magic.length)
  bytes.set(new TextEncoder().encode(text), magic.length + 4)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start)
  return bytes
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] // \x93NUMPY

interface Header {
  /** Byte order and code, such as `<f4`. */
  readonly descr: string
  readonly isFortran: boolean
  readonly shape: readonly number[]
  /** Where the numbers begin. */
  readonly start: number
}

/** The header is a Python dictionary; only its three known keys are looked for, nothing is evaluated. */
function readHeader(bytes: Uint8Array, path: string): Header {
  const major = bytes[6]
  if (!isNpy(bytes) || major === undefined || major < 1 || major > 3) {
    throw new DatasetError(
      'DATASET_FORMAT_UNKNOWN',
      `${path} is not an NPY file of version 1 to 3; write it with numpy.save`,
    )
  }
  const at = major === 1 ? 10 : 12
  if (bytes.length < at) throw truncated(path, bytes.length, at)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > limits.arrayHeaderBytesMax) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${path} has a header of ${length} bytes, the limit is ${limits.arrayHeaderBytesMax}; save plain numbers`,
    )
  }
  if (bytes.length < at + length) throw truncated(path, bytes.length, at + length)
  const text = Buffer.from(bytes.subarray(at, at + length)).toString('latin1')
  const order = /'fortran_order': ?(True|False)/.exec(text)?.[1]
  const sizes = /'shape': ?\(([\dL, ]*)\)/.exec(text)?.[1]
  const shape = sizes
    ?.split(',')
    .map((size) => size.trim().replace(/L$/, ''))
    .filter((size, i, all) => size !== '' || i < all.length - 1)
    .map((size) => (size === '' ? Number.NaN : Number(size)))
  if (order === undefined || shape === undefined || !shape.every(Number.isSafeInteger)) {
    throw corrupt(path, 'has a header without order or shape')
  }
  // A list of fields instead of a text is a structured array.
  const descr = /'descr': ?'([^']{1,16})'/.exec(text)?.[1] ?? 'structured'
  return { descr, isFortran: order === 'True', shape, start: at + length }
}

function reverseItems(items: Uint8Array, width: number): void {
  for (let at = 0; at < items.length; at += width) items.subarray(at, at + width).reverse()
}

/** From first axis fastest to last axis fastest. */
function rowMajor(items: Uint8Array, shape: readonly number[], width: number) {
  const result = new Uint8Array(items.length)
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, width))
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < items.length; to += width) {
    for (let k = 0; k < width; k++) result[to + k] = items[from + k]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}

function typeRefused(descr: string, path: string): DatasetError {
  const why = descr.includes('O')
    ? 'holds Python objects, which run code when they are read'
    : `holds ${descr.replace(/[^\w<>|=]/g, '?')}, which is no plain number`
  return new DatasetError(
    'DATASET_TYPE_REFUSED',
    `${path} ${why}; save it as float32 or int64, such as numpy.save(path, array.astype('float32'))`,
  )
}

function truncated(path: string, length: number, wanted: number): DatasetError {
  return new DatasetError(
    'DATASET_TRUNCATED',
    `${path} ends after ${length} of the ${wanted} bytes that its header promises; fetch it again`,
  )
}

function corrupt(path: string, what: string): DatasetError {
  return new DatasetError('DATASET_CORRUPT', `${path} ${what}; write it again`)
}
