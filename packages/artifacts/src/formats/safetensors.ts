import { limits } from '../limits.ts'
import type { ScanContext } from '../scan-context.ts'

/** True where the first eight bytes are the length of a JSON object that fits into the file. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length >= 10 && bytes[8] === 0x7b && (bytes[6] ?? 1) === 0 && (bytes[7] ?? 1) === 0
}

const bits: Readonly<Record<string, number>> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
}

/** Holds a safetensors file to its format: every tensor of its own length, none over another, no byte left over. */
export function scanSafetensors(name: string, bytes: Uint8Array, context: ScanContext) {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = Number(file.readBigUInt64LE(0))
  const invalid = (why: string) => context.find('artifact/file-invalid', name, 0, why)
  if (length > limits.safetensorsHeaderBytesMax || length + 8 > file.length) {
    return invalid('the header is longer than the file or the limit')
  }
  let header: unknown
  try {
    header = JSON.parse(file.toString('utf8', 8, 8 + length))
  } catch {
    return invalid('the header is not JSON')
  }
  const ranges: (readonly [number, number])[] = []
  for (const [key, tensor] of Object.entries(header ?? {})) {
    if (key === '__metadata__') continue
    const range = rangeOf(tensor)
    if (range === undefined)
      return invalid('a tensor does not have the length that its type and shape need')
    ranges.push(range)
  }
  let at = 0
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (start !== at) return invalid('tensors overlap or leave a hole')
    at = end
  }
  if (at !== file.length - 8 - length) invalid('the tensors do not fill the file')
}

function rangeOf(tensor: unknown): readonly [number, number] | undefined {
  if (typeof tensor !== 'object' || tensor === null) return undefined
  const { dtype, shape, data_offsets: offsets } = tensor as Record<string, unknown> // narrowed below
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets))
    return undefined
  const [start, end] = offsets
  const values = [...shape, start, end]
  if (offsets.length !== 2 || !values.every((one) => Number.isSafeInteger(one) && one >= 0))
    return undefined
  const needed = shape.reduce(
    (product: number, side: number) => product * side,
    (bits[dtype] ?? Number.NaN) / 8,
  )
  return needed === end - start ? [start, end] : undefined
}
