import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert } from '@merlon/core'
import type { Split } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import type { Samples } from './draw-digits.ts'
import { encodeIdx } from './idx.ts'
import { errorCode } from './stored-file.ts'

const prefixes = { test: 't10k', train: 'train' } as const

/**
 * Writes pictures [n, 1, h, w] in [0, 1] and their labels under MNIST's file names, rounded to bytes.
 * @throws DatasetError DATASET_UNWRITABLE
 */
export async function writeIdxFolder(
  folder: string,
  samples: Samples,
  split: Split,
): Promise<void> {
  const [count, channels, height, width] = samples.inputs.shape
  assert(channels === 1 && height !== undefined && width !== undefined, 'IDX pictures are grey')
  assert(count === samples.labels.length, 'each picture has a label')
  assert(
    samples.labels.every((label) => label >= 0 && label <= 255),
    'an IDX label is a byte',
  )
  const prefix = join(folder, prefixes[split])
  const images = encodeIdx({
    dimensions: [count, height, width],
    values: greys(samples.inputs.data),
  })
  const labels = encodeIdx({ dimensions: [count], values: Uint8Array.from(samples.labels) })
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(`${prefix}-images-idx3-ubyte`, images)
    await writeFile(`${prefix}-labels-idx1-ubyte`, labels)
  } catch (cause) {
    throw new DatasetError(
      'DATASET_UNWRITABLE',
      `the digits cannot be written to ${folder} (${errorCode(cause)}); check permissions and space`,
      { cause },
    )
  }
}

function greys(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    bytes[i] = Math.round(255 * Math.min(1, Math.max(0, values[i]!)))
  }
  return bytes
}
