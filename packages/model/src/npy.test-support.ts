import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

/** Numbers of an NPY file. */
export interface Npy {
  readonly shape: readonly number[]
  readonly data: Float32Array | BigInt64Array
}

/** Reads a float32 or int64 NPY file that a test trusts. */
export function readNpy(bytes: Buffer): Npy {
  const length = bytes.readUInt16LE(8)
  const header = bytes.subarray(10, 10 + length).toString('latin1')
  const shape = [...(/\(([^)]*)\)/.exec(header)?.[1] ?? '').matchAll(/\d+/g)].map(([n]) =>
    Number(n),
  )
  const data = new Uint8Array(bytes.subarray(10 + length)).buffer
  if (header.includes("'<f4'")) return { shape, data: new Float32Array(data) }
  if (header.includes("'<i8'")) return { shape, data: new BigInt64Array(data) }
  throw new Error(`unexpected element type in ${header}`)
}

/** Reads the arrays of an NPZ file that a test trusts, through the central directory of the archive. */
export function readNpz(path: string): Map<string, Npy> {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const arrays = new Map<string, Npy>()
  let entry = bytes.readUInt32LE(end + 16)
  for (let i = bytes.readUInt16LE(end + 10); i > 0; i--) {
    const nameLength = bytes.readUInt16LE(entry + 28)
    const name = bytes.toString('utf8', entry + 46, entry + 46 + nameLength)
    const local = bytes.readUInt32LE(entry + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(entry + 20))
    const isStored = bytes.readUInt16LE(entry + 10) === 0
    arrays.set(name.replace(/\.npy$/, ''), readNpy(isStored ? packed : inflateRawSync(packed)))
    entry += 46 + nameLength + bytes.readUInt16LE(entry + 30) + bytes.readUInt16LE(entry + 32)
  }
  return arrays
}
