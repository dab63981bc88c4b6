import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Split } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import { idxKind } from './idx.ts'
import { limits } from './limits.ts'
import { isNpy } from './npy.ts'
import { isParquet } from './parquet-dataset.ts'
import { fileError, peek } from './stored-file.ts'
import { isZip } from './zip-archive.ts'

/** A data set that a folder holds, not yet read. */
export type Source = { readonly split: Split | undefined; readonly label: string } & (
  | { readonly kind: 'idx'; readonly images: string; readonly labels: string | undefined }
  | { readonly kind: 'csv'; readonly table: string }
  | { readonly kind: 'parquet'; readonly table: string }
  | { readonly kind: 'array'; readonly arrays: string }
)

/**
 * The data sets of a folder. IDX files are told by their content and paired by name; tables by name.
 * @throws DatasetError DATASET_TOO_LARGE, and what `peek` throws
 */
export async function sourcesIn(folder: string): Promise<Source[]> {
  const names = await fileNames(folder)
  const images = new Map<string, string>()
  const labels = new Map<string, string>()
  const sources: Source[] = []
  for (const name of names) {
    if (tableName.test(name)) {
      const label = name.replace(tableName, '')
      const table = { split: splitOf(name), label, table: join(folder, name) }
      const isColumns = /\.parquet$/i.test(name)
      sources.push(isColumns ? { kind: 'parquet', ...table } : { kind: 'csv', ...table })
      continue
    }
    if (!pairName.test(name)) continue
    const kind = idxKind(await peek(join(folder, name)))
    const files = kind === 'images' ? images : kind === 'labels' ? labels : undefined
    if (files === undefined && /idx/i.test(name)) throw notPair(join(folder, name))
    // A file that lies there both plain and compressed is one file: the plain one sorts first.
    if (files !== undefined && !files.has(pairKey(name))) files.set(pairKey(name), name)
  }
  for (const [key, name] of images) {
    const partner = labels.get(key)
    sources.push({
      kind: 'idx',
      split: splitOf(name),
      label: name.replace(/[-_.]?images.*$/i, '') || name,
      images: join(folder, name),
      labels: partner === undefined ? undefined : join(folder, partner),
    })
  }
  return sources
}

/** The data set that one file belongs to: a table or an array file is its own, an IDX file needs its partner. */
export async function sourceOf(path: string): Promise<Source> {
  const head = await peek(path)
  const kind = idxKind(head)
  const label = basename(path)
  if (isNpy(head) || isZip(head)) return { kind: 'array', split: undefined, label, arrays: path }
  if (isParquet(head)) return { kind: 'parquet', split: undefined, label, table: path }
  if (kind === undefined) return { kind: 'csv', split: undefined, label, table: path }
  const pairs = await sourcesIn(dirname(path))
  for (const source of pairs) {
    if (source.kind === 'idx' && [source.images, source.labels].some((own) => isSame(own, path))) {
      return { ...source, split: undefined, label }
    }
  }
  if (kind === 'images') {
    return { kind: 'idx', split: undefined, label, images: path, labels: undefined }
  }
  throw notPair(path)
}

function notPair(path: string): DatasetError {
  return new DatasetError(
    'DATASET_FORMAT_UNKNOWN',
    `${path} is not one of a pair of IDX files (bytes: images of rank 3, labels of rank 1); give the images file`,
  )
}

const tableName = /\.((csv|tsv)(\.gz)?|parquet)$/i
const pairName = /images|labels/i

/** What images and labels of one set have in common: `t10k-images-idx3-ubyte.gz` gives `t10k-*-idx*-ubyte`. */
function pairKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace(/images|labels/, '*')
    .replace(/idx\d/, 'idx*')
}

function splitOf(name: string): Split | undefined {
  if (/t10k|test/i.test(name)) return 'test'
  return /train/i.test(name) ? 'train' : undefined
}

function isSame(own: string | undefined, path: string): boolean {
  return own !== undefined && join(own) === join(path)
}

async function fileNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(cause, folder)
  })
  if (entries.length > limits.folderEntriesMax) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${folder} holds ${entries.length} entries, the limit is ${limits.folderEntriesMax}; put the data set in a folder of its own`,
    )
  }
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort()
}
