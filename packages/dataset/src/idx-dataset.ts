import { assert } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import type { Dataset } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import { decodeIdx } from './idx.ts'
import type { StoredFile } from './stored-file.ts'

/**
 * Images and labels as one data set: bytes become [0, 1] and get a channel axis when they are read.
 * @throws DatasetError as `decodeIdx`, and DATASET_COUNT_MISMATCH
 */
export function idxDataset(name: string, images: StoredFile, labels: StoredFile): Dataset {
  const pictures = decodeIdx(images.bytes, 'images', images.path)
  const classes = decodeIdx(labels.bytes, 'labels', labels.path)
  const [count, height, width] = [...pictures.dimensions] as [number, number, number] // rank 3
  if (classes.values.length !== count) {
    throw new DatasetError(
      'DATASET_COUNT_MISMATCH',
      `${images.path} holds ${count} images but ${labels.path} ${classes.values.length} labels; take both from one release`,
    )
  }
  const classCount = classes.values.reduce((most, label) => Math.max(most, label), 0) + 1
  return {
    name,
    kind: 'idx',
    count,
    sampleShape: [1, height, width],
    classes: classCount,
    labelNames: Array.from({ length: classCount }, (_, label) => String(label)),
    featureNames: [],
    range: [0, 1],
    inputs: [images, labels].map(({ path, sha256 }) => ({ path, sha256 })),
    read(start, length) {
      assert(
        start >= 0 && length >= 0 && start + length <= count,
        'the samples asked for are there',
      )
      const size = height * width
      const bytes = pictures.values.subarray(start * size, (start + length) * size)
      return {
        inputs: tensor([length, 1, height, width], unitFloats(bytes)),
        labels: Int32Array.from(classes.values.subarray(start, start + length)),
      }
    },
  }
}

function unitFloats(bytes: Uint8Array): Float32Array {
  const floats = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) floats[i] = bytes[i]! / 255
  return floats
}
