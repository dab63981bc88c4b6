import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'
import { decodeNpy, encodeNpy, type NumberArray } from './npy.ts'
import { unpack, type ZipEntry, zipEntries, zipOf } from './zip-archive.ts'

/** The arrays of an NPZ file by name, none of them read yet. */
export type NpzMembers = ReadonlyMap<string, ZipEntry>

/**
 * The members of an NPZ file, a ZIP archive of NPY files, without `.npy`.
 * @throws DatasetError DATASET_CORRUPT, DATASET_TOO_LARGE, DATASET_FORMAT_UNKNOWN
 */
export function npzMembers(bytes: Uint8Array, path: string): NpzMembers {
  const entries = zipEntries(bytes, path).filter(({ name }) => name.endsWith('.npy'))
  const size = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (size > limits.fileBytesMax) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${path} unpacks to ${size} bytes, the limit is ${limits.fileBytesMax}; split it`,
    )
  }
  return new Map(entries.map((entry) => [entry.name.slice(0, -'.npy'.length), entry]))
}

/** One array of an NPZ file. @throws DatasetError as `decodeNpy`; DATASET_CORRUPT */
export async function unpackMember(entry: ZipEntry, path: string): Promise<NumberArray> {
  const place = `${path} (${entry.name.replace(/\p{C}/gu, '?').slice(0, 80)})`
  return decodeNpy(await unpack(entry, place), place)
}

/** Every array of an NPZ file. @throws DatasetError as `npzMembers` and `unpackMember` */
export async function decodeNpz(
  bytes: Uint8Array,
  path: string,
): Promise<ReadonlyMap<string, NumberArray>> {
  const arrays = new Map<string, NumberArray>()
  for (const [name, entry] of npzMembers(bytes, path)) {
    arrays.set(name, await unpackMember(entry, path))
  }
  return arrays
}

/** The bytes of an NPZ file, not compressed; the same arrays give the same bytes. */
export function encodeNpz(arrays: ReadonlyMap<string, NumberArray>): Uint8Array {
  return zipOf(new Map([...arrays].map(([name, array]) => [`${name}.npy`, encodeNpy(array)])))
}
