import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import {
  type Compressors,
  type FileMetaData,
  parquetMetadata,
  parquetRead,
  snappyUncompress,
} from 'hyparquet'
import { findLabelColumn } from './csv-dataset.ts'
import { DatasetError, type DatasetErrorCode } from './dataset-error.ts'
import { limits } from './limits.ts'
import type { Table } from './table-dataset.ts'

export interface ParquetQuestion {
  readonly bytes: Uint8Array
  readonly path: string
  readonly labels: string | undefined
}

export type ParquetReply =
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'refused'; readonly code: DatasetErrorCode; readonly message: string }
  | { readonly kind: 'damaged'; readonly why: string }

/**
 * The numbers and labels of a Parquet file with flat columns. A damaged file may ask the library for any amount of memory and
 * time, or make it throw anything: it runs in a thread of its own, under bounds.
 * @throws DatasetError DATASET_TOO_LARGE, _FORMAT_UNKNOWN, _EMPTY, _COLUMN_UNKNOWN, _NOT_NUMERIC; and whatever the library throws
 */
export async function readParquet({ bytes, path, labels }: ParquetQuestion): Promise<Table> {
  const file = Uint8Array.from(bytes).buffer
  const metadata = parquetMetadata(file)
  const names = columnsOf(metadata, path)
  const count = rowsOf(metadata, names.length, path)
  const label = findLabelColumn(path, names, true, labels)
  const width = names.length - 1
  const features = new Float32Array(count * width)
  let texts: string[] = []
  let at = 0
  // One column after the other: several at once would fail behind each other's back.
  for (const [index, name] of names.entries()) {
    const values = await valuesOf(file, metadata, name)
    if (values.length !== count) throw new Error(`column ${index + 1} has ${values.length} rows`)
    if (index === label) texts = values.map(textOf)
    else {
      for (let row = 0; row < count; row++) {
        features[row * width + at] = numberOf(values[row]) ?? notNumeric(path, row, name)
      }
      at++
    }
  }
  const featureNames = names.filter((_, index) => index !== label)
  return { features, featureNames, width, labels: texts }
}

/** The names of flat columns. @throws DatasetError DATASET_FORMAT_UNKNOWN, _TOO_LARGE */
function columnsOf({ schema, row_groups }: FileMetaData, path: string): string[] {
  const [root, ...columns] = schema
  if (root === undefined || columns.length < 2) {
    throw unknown(path, 'has fewer than two columns; give features and a label')
  }
  if (columns.length > limits.tableColumnsMax) throw tooLarge(path, `${columns.length} columns`)
  const nested = columns.find(
    ({ num_children, repetition_type }) =>
      (num_children ?? 0) > 0 || repetition_type === 'REPEATED',
  )
  if (nested !== undefined) throw unknown(path, 'has columns of lists or records; flatten them')
  for (const { columns: chunks } of row_groups) {
    for (const { meta_data } of chunks) {
      const codec = meta_data?.codec ?? 'UNCOMPRESSED'
      if (codec === 'UNCOMPRESSED' || Object.hasOwn(compressors, codec)) continue
      throw unknown(path, `is compressed with ${codec.slice(0, 20)}; write it with snappy or gzip`)
    }
  }
  return columns.map(({ name }) => name)
}

function rowsOf({ num_rows, row_groups }: FileMetaData, columns: number, path: string): number {
  const count = Number(num_rows)
  const inGroups = row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  if (count * columns > limits.tableCellsMax) throw tooLarge(path, `${count} rows of ${columns}`)
  if (count === 0) {
    throw new DatasetError('DATASET_EMPTY', `${path} holds no rows; give a table that has some`)
  }
  if (!Number.isSafeInteger(count) || count < 0 || count !== inGroups) {
    throw new Error('its counts of rows contradict each other')
  }
  return count
}

async function valuesOf(
  file: ArrayBuffer,
  metadata: FileMetaData,
  name: string,
): Promise<unknown[]> {
  let rows: unknown[][] = []
  await parquetRead({
    file,
    metadata,
    columns: [name],
    compressors,
    rowFormat: 'array',
    onComplete: (found) => {
      rows = found
    },
  })
  return rows.map(([value]) => value)
}

const compressors: Compressors = {
  SNAPPY: (input, size) => {
    const output = new Uint8Array(bounded(size))
    snappyUncompress(input, output)
    return output
  },
  GZIP: (input, size) => gunzipSync(input, { maxOutputLength: bounded(size) }),
  BROTLI: (input, size) => brotliDecompressSync(input, { maxOutputLength: bounded(size) }),
}

function bounded(size: number): number {
  if (size > 0 && size <= limits.parquetPageBytesMax) return size
  throw new Error(`a page claims ${size} bytes`)
}

/** A finite float32; truth values are 0 and 1. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  const number = Math.fround(Number(value))
  return Number.isFinite(number) ? number : undefined
}

function textOf(value: unknown): string {
  const isPlain = ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
  return isPlain ? String(value) : ''
}

function notNumeric(path: string, row: number, name: string): never {
  const column = JSON.stringify(name.slice(0, 40))
  throw new DatasetError(
    'DATASET_NOT_NUMERIC',
    `${path}, row ${row + 1}, column ${column}: the value is not a finite number; encode the column as numbers or drop it`,
  )
}

function unknown(path: string, what: string): DatasetError {
  return new DatasetError('DATASET_FORMAT_UNKNOWN', `${path} ${what}`)
}

function tooLarge(path: string, what: string): DatasetError {
  return new DatasetError(
    'DATASET_TOO_LARGE',
    `${path} holds ${what}; the limits are ${limits.tableColumnsMax} columns and ${limits.tableCellsMax} numbers: cut it`,
  )
}
