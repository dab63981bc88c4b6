import { basename } from 'node:path'
import { assert } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import { choosePair } from './array-pair.ts'
import type { Dataset, DatasetOptions } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'
import { decodeNpy, type NumberArray, type NumberData } from './npy.ts'
import { npzMembers, unpackMember } from './npz.ts'
import { readStored, type StoredFile } from './stored-file.ts'
import { isZip } from './zip-archive.ts'

/**
 * Samples and class numbers of arrays: an NPY file with the file that `labels` names, or two members of an NPZ file.
 * @throws DatasetError as `decodeNpy` and `npzMembers`; DATASET_LABELS_MISSING, _AMBIGUOUS, _SPLIT_MISSING, _COUNT_MISMATCH,
 * _NOT_CLASSES, _NOT_NUMERIC, _EMPTY
 */
export async function arrayDataset(
  name: string,
  file: StoredFile,
  options: DatasetOptions,
): Promise<Dataset> {
  if (!isZip(file.bytes)) {
    if (options.labels === undefined) {
      throw new DatasetError(
        'DATASET_LABELS_MISSING',
        `${file.path} holds samples without labels; name their file, such as --labels labels.npy`,
      )
    }
    const labels = await readStored(options.labels)
    const arrays = [decodeNpy(file.bytes, file.path), decodeNpy(labels.bytes, labels.path)] as const
    return datasetOf(name, [file, labels], ...arrays)
  }
  const members = npzMembers(file.bytes, file.path)
  const pair = choosePair([...members.keys()], options, file.path)
  const inputs = await unpackMember(members.get(pair.inputs)!, file.path)
  const title = `${name} (${pair.inputs})`
  if (pair.labels !== undefined) {
    const labels = await unpackMember(members.get(pair.labels)!, file.path)
    return datasetOf(title, [file], inputs, labels)
  }
  const labels = await readStored(pair.labelFile)
  return datasetOf(title, [file, labels], inputs, decodeNpy(labels.bytes, labels.path))
}

function datasetOf(
  name: string,
  files: readonly StoredFile[],
  samples: NumberArray,
  classes: NumberArray,
): Dataset {
  const [count = 0, ...shape] = samples.shape
  const labels = classNumbers(classes, name)
  if (samples.data.length === 0 || shape.length === 0) {
    throw new DatasetError(
      'DATASET_EMPTY',
      `${name} has the shape [${samples.shape.join(', ')}], which holds no samples; give [samples, ...features]`,
    )
  }
  if (labels.length !== count) {
    throw new DatasetError(
      'DATASET_COUNT_MISMATCH',
      `${name} holds ${count} samples but ${labels.length} labels; take both from one release`,
    )
  }
  const isPicture = shape.length > 1
  const scale = samples.type === 'uint8' && isPicture ? 255 : 1
  const bounds = boundsOf(samples.data, name)
  const size = samples.data.length / count
  const classCount = labels.reduce((most, label) => Math.max(most, label), 0) + 1
  // Bytes of pictures have a channel axis of their own, as those of IDX files.
  const sampleShape = scale === 255 && shape.length === 2 ? [1, ...shape] : shape
  return {
    name,
    kind: 'array',
    count,
    sampleShape,
    classes: classCount,
    labelNames: Array.from({ length: classCount }, (_, label) => String(label)),
    featureNames: [],
    range: isPicture && bounds.low >= 0 && bounds.high <= scale ? [0, 1] : null,
    inputs: files.map(({ path, sha256 }) => ({ path, sha256 })),
    read(start, length) {
      assert(
        start >= 0 && length >= 0 && start + length <= count,
        'the samples asked for are there',
      )
      const data = new Float32Array(length * size)
      for (let i = 0; i < data.length; i++)
        data[i] = Number(samples.data[start * size + i]!) / scale
      return {
        inputs: tensor([length, ...sampleShape], data),
        labels: labels.slice(start, start + length),
      }
    },
  }
}

/** The least and the largest value. @throws DatasetError DATASET_NOT_NUMERIC for NaN and infinity */
function boundsOf(data: NumberData, name: string): { readonly low: number; readonly high: number } {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]!)
    if (!Number.isFinite(value)) {
      throw new DatasetError(
        'DATASET_NOT_NUMERIC',
        `${name} holds ${value} at position ${i}; replace it, a model can learn nothing from it`,
      )
    }
    if (value < low) low = value
    if (value > high) high = value
  }
  return { low, high }
}

/** Class numbers as they stand: they are the model's own. */
function classNumbers({ shape, data }: NumberArray, name: string): Int32Array {
  const [rows = 0, ...rest] = shape
  if (shape.length === 0 || rest.some((size) => size !== 1)) {
    throw notClasses(name, `have the shape [${shape.join(', ')}], not one number for each sample`)
  }
  const labels = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    const label = Number(data[i]!)
    if (!Number.isInteger(label) || label < 0 || label > limits.classNumberMax) {
      throw notClasses(
        name,
        `hold ${label} for sample ${i}, where a class is 0 to ${limits.classNumberMax}`,
      )
    }
    labels[i] = label
  }
  return labels
}

function notClasses(name: string, what: string): DatasetError {
  return new DatasetError(
    'DATASET_NOT_CLASSES',
    `the labels of ${basename(name)} ${what}; save the class numbers as int64`,
  )
}
