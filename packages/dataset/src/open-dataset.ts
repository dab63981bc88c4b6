import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Task, unattended } from '@merlon/core'
import { arrayDataset } from './array-dataset.ts'
import { csvDataset } from './csv-dataset.ts'
import type { Dataset, DatasetOptions, Split } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import { type Source, sourceOf, sourcesIn } from './find-sources.ts'
import { idxDataset } from './idx-dataset.ts'
import { classFilesIn } from './media/class-files.ts'
import { mediaDataset } from './media/media-dataset.ts'
import { parquetDataset } from './parquet-dataset.ts'
import { fileError, readStored } from './stored-file.ts'

/**
 * Opens a folder of IDX images with labels, one such file, a table (CSV or TSV) with a label column,
 * arrays (NPY with its labels' file, or NPZ), or folders of pictures or recordings, one per class; each may be compressed with gzip. Only the files of the chosen split are read.
 * @throws DatasetError with any of its codes but DATASET_UNWRITABLE
 */
export async function openDataset(
  path: string,
  options: DatasetOptions = {},
  task: Task = unattended,
): Promise<Dataset> {
  task.signal.throwIfAborted()
  const status = await stat(path).catch((cause: unknown) => {
    throw fileError(cause, path)
  })
  if (!status.isDirectory()) {
    const source = await sourceOf(path)
    return open(source, source.label, options, task)
  }
  const media = await classFilesIn(path, options)
  if (media !== undefined) return mediaDataset(path, media, options, task)
  const source = choose(await sourcesIn(path), options.split, path)
  return open(source, sourceName(source, path, options.split), options, task)
}

async function open(
  source: Source,
  name: string,
  options: DatasetOptions,
  task: Task,
): Promise<Dataset> {
  if (source.kind === 'csv') {
    return csvDataset(name, await readStored(source.table), options, task)
  }
  if (source.kind === 'parquet') {
    return parquetDataset(name, await readStored(source.table), options, task)
  }
  if (source.kind === 'array') {
    return arrayDataset(name, await readStored(source.arrays), options)
  }
  if (source.labels === undefined) {
    const labels = basename(source.images).replace('images', 'labels').replace('idx3', 'idx1')
    throw new DatasetError(
      'DATASET_LABELS_MISSING',
      `${source.images} has no labels; put ${labels} beside it`,
    )
  }
  return idxDataset(name, await readStored(source.images), await readStored(source.labels))
}

/** The split asked for; else test, else train, else the only one there is. */
function choose(sources: readonly Source[], split: Split | undefined, folder: string): Source {
  if (sources.length === 0) {
    throw new DatasetError(
      'DATASET_EMPTY',
      `${folder} holds no data set; give a folder with *-images-idx3-ubyte and *-labels-idx1-ubyte, a .csv file, or pictures or recordings in a folder for each class`,
    )
  }
  if (split === undefined && new Set(sources.map(family)).size > 1) throw ambiguous(sources, folder)
  const wanted: readonly (Split | undefined)[] =
    split === undefined ? ['test', 'train', undefined] : [split]
  for (const candidate of wanted) {
    const found = sources.filter((source) => source.split === candidate)
    if (found.length > 1) throw ambiguous(found, folder)
    if (found[0] !== undefined) return found[0]
  }
  throw new DatasetError(
    'DATASET_SPLIT_MISSING',
    `${folder} has no ${split} split; leave --split out or name a file of it`,
  )
}

/** What the splits of one data set have in common. */
function family({ label }: Source): string {
  return label.replace(/t10k|test(ing)?|train(ing)?/i, '').replace(/[-_.]/g, '')
}

function ambiguous(sources: readonly Source[], folder: string): DatasetError {
  const names = sources.slice(0, 5).map(({ label }) => label)
  const more = sources.length > names.length ? ', ...' : ''
  return new DatasetError(
    'DATASET_AMBIGUOUS',
    `${folder} holds ${sources.length} data sets (${names.join(', ')}${more}); give the path of one file`,
  )
}

function sourceName(source: Source, folder: string, split: Split | undefined): string {
  const name = basename(resolve(folder))
  if (source.split === undefined) return `${name} (${source.label})`
  const isFallback = source.split === 'train' && split === undefined
  return `${name} (${source.split} split${isFallback ? '; there is no test split' : ''})`
}
