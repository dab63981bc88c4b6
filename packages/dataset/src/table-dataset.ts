import { assert } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import type { Dataset } from './dataset.ts'
import { classIndex } from './label-classes.ts'
import type { StoredFile } from './stored-file.ts'

/** A table as numbers and the texts of its labels. */
export interface Table {
  /** Row-major, without the label column. */
  readonly features: Float32Array
  readonly featureNames: readonly string[]
  readonly width: number
  readonly labels: readonly string[]
}

/** A table as a data set; its features have no common range. @throws DatasetError DATASET_NOT_CLASSES */
export function tableDataset(
  name: string,
  kind: 'csv' | 'parquet',
  { path, sha256 }: StoredFile,
  table: Table,
): Dataset {
  const { labels, labelNames } = classIndex(table.labels, path)
  const { features, featureNames, width } = table
  const count = labels.length
  return {
    name,
    kind,
    count,
    sampleShape: [width],
    classes: labelNames.length,
    labelNames,
    featureNames,
    range: null,
    inputs: [{ path, sha256 }],
    read(start, length) {
      assert(
        start >= 0 && length >= 0 && start + length <= count,
        'the samples asked for are there',
      )
      return {
        inputs: tensor([length, width], features.slice(start * width, (start + length) * width)),
        labels: labels.slice(start, start + length),
      }
    },
  }
}
