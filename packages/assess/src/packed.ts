import { z } from 'zod'

/** Float32 numbers as base64, little-endian as they lie in memory. */
export function packFloats(values: Float32Array | Float64Array | Uint8Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}

const Base64 = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))

/** Bytes, one for each sample. */
export const PackedBytes = Base64

/** 32-bit numbers. */
export const PackedFloats = Base64.refine((bytes) => bytes.length % 4 === 0).transform(
  ({ buffer }) => new Float32Array(buffer),
)

/** 64-bit numbers. */
export const PackedDoubles = Base64.refine((bytes) => bytes.length % 8 === 0).transform(
  ({ buffer }) => new Float64Array(buffer),
)
