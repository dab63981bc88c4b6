import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'

/** Unsigned bytes with their dimensions, as the IDX files of MNIST hold them. */
export interface IdxArray {
  readonly dimensions: readonly number[]
  readonly values: Uint8Array
}

const unsignedByte = 0x08

/** What the first bytes of a file announce; `undefined` if they are not IDX at all. */
export function idxKind(head: Uint8Array): 'images' | 'labels' | 'other' | undefined {
  if (head.length < 4 || head[0] !== 0 || head[1] !== 0) return undefined
  if (head[2] === unsignedByte && head[3] === 3) return 'images'
  if (head[2] === unsignedByte && head[3] === 1) return 'labels'
  const isKnownType = [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e].includes(head[2]!)
  return isKnownType && head[3]! > 0 && head[3]! < 5 ? 'other' : undefined
}

/**
 * Reads an IDX file (LeCun, "The MNIST database": two zero bytes, type, rank, big-endian sizes, data).
 * @throws DatasetError DATASET_FORMAT_UNKNOWN, _TRUNCATED, _CORRUPT, _TOO_LARGE, _EMPTY
 */
export function decodeIdx(bytes: Uint8Array, kind: 'images' | 'labels', path: string): IdxArray {
  const rank = kind === 'images' ? 3 : 1
  if (idxKind(bytes) !== kind) throw notIdx(kind, path)
  const start = 4 + 4 * rank
  if (bytes.length < start) throw truncated(path, bytes.length, start)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dimensions = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const [count, ...sides] = dimensions
  if (count === 0 || sides.includes(0)) {
    throw new DatasetError('DATASET_EMPTY', `${path} holds no ${kind}; give a file that has some`)
  }
  if (sides.some((side) => side > limits.imageSideMax)) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${path} announces images of ${sides.join(' x ')} pixels, the limit is ${limits.imageSideMax} a side; scale them down`,
    )
  }
  const end = dimensions.reduce((size, dimension) => size * dimension, 1) + start
  if (bytes.length < end) throw truncated(path, bytes.length, end)
  if (bytes.length > end) {
    throw new DatasetError(
      'DATASET_CORRUPT',
      `${path} has ${bytes.length - end} bytes more than its header says; fetch it again`,
    )
  }
  return { dimensions, values: bytes.subarray(start) }
}

/** The bytes of an IDX file of unsigned bytes. */
export function encodeIdx({ dimensions, values }: IdxArray): Uint8Array {
  const start = 4 + 4 * dimensions.length
  const bytes = new Uint8Array(start + values.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(2, unsignedByte)
  view.setUint8(3, dimensions.length)
  dimensions.forEach((dimension, axis) => {
    view.setUint32(4 + 4 * axis, dimension)
  })
  bytes.set(values, start)
  return bytes
}

function notIdx(kind: 'images' | 'labels', path: string): DatasetError {
  const wanted = kind === 'images' ? 'three dimensions' : 'one dimension'
  return new DatasetError(
    'DATASET_FORMAT_UNKNOWN',
    `${path} is not an IDX file of ${kind} (unsigned bytes, ${wanted}); give the right file`,
  )
}

function truncated(path: string, length: number, wanted: number): DatasetError {
  return new DatasetError(
    'DATASET_TRUNCATED',
    `${path} ends after ${length} of the ${wanted} bytes that its header promises; fetch it again`,
  )
}
