import { writeFile } from 'node:fs/promises'
import { DatasetError } from './dataset-error.ts'
import { decodeNpy, encodeNpy, type NumberArray } from './npy.ts'
import { decodeNpz, encodeNpz } from './npz.ts'
import { errorCode, readStored } from './stored-file.ts'

/** Reads an NPY file. @throws DatasetError as `readStored` and `decodeNpy` */
export async function readNpy(path: string): Promise<NumberArray> {
  return decodeNpy((await readStored(path)).bytes, path)
}

/** Reads every array of an NPZ file. @throws DatasetError as `readStored` and `decodeNpz` */
export async function readNpz(path: string): Promise<ReadonlyMap<string, NumberArray>> {
  return decodeNpz((await readStored(path)).bytes, path)
}

/** Writes an NPY file. @throws DatasetError DATASET_UNWRITABLE */
export function writeNpy(path: string, array: NumberArray): Promise<void> {
  return write(path, encodeNpy(array))
}

/** Writes an NPZ file. @throws DatasetError DATASET_UNWRITABLE */
export function writeNpz(path: string, arrays: ReadonlyMap<string, NumberArray>): Promise<void> {
  return write(path, encodeNpz(arrays))
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes)
  } catch (cause) {
    throw new DatasetError(
      'DATASET_UNWRITABLE',
      `${path} cannot be written (${errorCode(cause)}); check the folder, permissions and space`,
      { cause },
    )
  }
}
