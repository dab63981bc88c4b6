import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { assert, type Task } from '@merlon/core'
import { sizeOf, tensor } from '@merlon/tensor'
import type { Dataset, DatasetOptions } from '../dataset.ts'
import { DatasetError } from '../dataset-error.ts'
import { limits } from '../limits.ts'
import { readStored } from '../stored-file.ts'
import type { ClassFiles } from './class-files.ts'
import { pictureReader } from './picture.ts'
import { soundReader } from './sound.ts'

/** Decodes files of one kind, all to one shape. */
export interface MediaReader {
  readonly sampleShape: readonly number[]
  readonly range: readonly [number, number]
  /** The numbers of one file; bytes stand for 255ths. @throws DatasetError */
  read(bytes: Uint8Array, path: string): Promise<Float32Array | Uint8Array>
}

/**
 * Pictures or recordings as samples, decoded once. The digest is of all files: of the lines "SHA-256  name" in order of name.
 * @throws DatasetError DATASET_TOO_LARGE, _CORRUPT, _FORMAT_UNKNOWN, _SHAPE_UNEVEN, and what reading a file throws
 */
export async function mediaDataset(
  folder: string,
  { kind, split, labelNames, files }: ClassFiles,
  options: DatasetOptions,
  task: Task,
): Promise<Dataset> {
  const paths = files.map(({ path }) => path)
  const reader =
    kind === 'pictures' ? await pictureReader(paths, options) : await soundReader(paths, options)
  const { sampleShape, range } = reader
  const size = sizeOf(sampleShape)
  if (size * files.length > limits.mediaNumbersMax) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${folder} holds ${files.length} files of [${sampleShape.join(', ')}]; the limit is ${limits.mediaNumbersMax} numbers in all: take fewer files, or smaller ones`,
    )
  }
  const isBytes = kind === 'pictures'
  const numbers = isBytes
    ? new Uint8Array(size * files.length)
    : new Float32Array(size * files.length)
  const digests: string[] = []
  for (let start = 0; start < files.length; start += filesAtOnce) {
    task.signal.throwIfAborted()
    const part = files.slice(start, start + filesAtOnce)
    await Promise.all(
      part.map(async ({ path, name }, i) => {
        const { bytes, sha256 } = await readStored(path)
        digests[start + i] = `${sha256}  ${name}`
        numbers.set(await reader.read(bytes, path), (start + i) * size)
      }),
    )
    task.progress(Math.min(start + filesAtOnce, files.length), files.length)
  }
  const indices = new Map(labelNames.map((label, index) => [label, index]))
  const labels = Int32Array.from(files, ({ label }) => indices.get(label)!)
  const sha256 = createHash('sha256').update(digests.sort().join('\n')).digest('hex')
  const name = basename(resolve(folder))
  return {
    name: split === undefined ? name : `${name} (${split} split)`,
    kind,
    count: files.length,
    sampleShape,
    classes: labelNames.length,
    labelNames,
    featureNames: [],
    range,
    inputs: [{ path: folder, sha256 }],
    read(start, length) {
      const isThere = start >= 0 && length >= 0 && start + length <= files.length
      assert(isThere, 'the samples asked for are there')
      const part = numbers.subarray(start * size, (start + length) * size)
      const data = new Float32Array(part.length)
      for (let i = 0; i < part.length; i++) data[i] = isBytes ? part[i]! / 255 : part[i]!
      return {
        inputs: tensor([length, ...sampleShape], data),
        labels: labels.slice(start, start + length),
      }
    },
  }
}

const filesAtOnce = 8
