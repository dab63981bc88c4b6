import { type Task, unattended } from '@merlon/core'
import { parseCsv } from './csv.ts'
import type { Dataset, DatasetOptions } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'
import type { StoredFile } from './stored-file.ts'
import { type Table, tableDataset } from './table-dataset.ts'

/**
 * A table of numeric features and one label column as a data set; its features have no common range.
 * @throws DatasetError as `parseCsv`, and DATASET_EMPTY, _NOT_NUMERIC, _COLUMN_UNKNOWN, _NOT_CLASSES
 */
export async function csvDataset(
  name: string,
  file: StoredFile,
  options: DatasetOptions = {},
  task: Task = unattended,
): Promise<Dataset> {
  return tableDataset(name, 'csv', file, await readTable(file, options, task))
}

/** The first row waits for the second: together they tell whether it is a heading. */
async function readTable(file: StoredFile, options: DatasetOptions, task: Task): Promise<Table> {
  const { bytes, path } = file
  const waiting: { readonly record: readonly string[]; readonly line: number }[] = []
  let rows: RowReader | undefined
  const begin = (second?: readonly string[]) => {
    const first = waiting[0]!.record
    const isHeader =
      options.header ?? (second !== undefined && looksLikeHeader(first, second, options.labels))
    rows = rowReader(path, first, isHeader, options.labels)
    if (!isHeader) rows.take(first, waiting[0]!.line)
    return rows
  }
  await parseCsv(
    bytes,
    path,
    (record, line) => {
      if (waiting.length === 0) waiting.push({ record, line })
      else (rows ?? begin(record)).take(record, line)
    },
    task,
  )
  const table = waiting.length === 0 ? undefined : (rows ?? begin()).table()
  if (table === undefined || table.labels.length === 0) {
    throw new DatasetError('DATASET_EMPTY', `${path} holds no rows; give a table that has some`)
  }
  return table
}

interface RowReader {
  take(record: readonly string[], line: number): void
  table(): Table
}

function rowReader(
  path: string,
  first: readonly string[],
  isHeader: boolean,
  labelColumn: string | undefined,
): RowReader {
  const columns = first.length
  if (columns < 2 || columns > limits.tableColumnsMax) throw badWidth(path, columns)
  const label = findLabelColumn(path, first, isHeader, labelColumn)
  const width = columns - 1
  const labels: string[] = []
  let features = new Float32Array(1024 * width)
  return {
    take(record, line) {
      const start = labels.length * width
      if (start + width > limits.tableCellsMax) throw tooManyCells(path)
      if (start + width > features.length) features = doubled(features)
      let at = start
      for (let column = 0; column < columns; column++) {
        const cell = record[column]!
        if (column === label) labels.push(cell)
        else
          features[at++] = numberOf(cell) ?? notNumeric(path, line, column, isHeader ? first : [])
      }
    },
    table: () => ({
      features: features.subarray(0, labels.length * width),
      featureNames: isHeader ? first.filter((_, column) => column !== label) : [],
      width,
      labels,
    }),
  }
}

/** A heading has text where the row below has a number, or is named as the label column. */
function looksLikeHeader(
  first: readonly string[],
  second: readonly string[],
  labelColumn: string | undefined,
): boolean {
  const namesLabel = labelColumn !== undefined && numberOf(labelColumn) === undefined
  if (namesLabel && first.includes(labelColumn)) return true
  return first.some(
    (cell, column) => numberOf(cell) === undefined && numberOf(second[column]!) !== undefined,
  )
}

/**
 * Which column holds the labels: the named or numbered one, else the last.
 * @throws DatasetError DATASET_COLUMN_UNKNOWN
 */
export function findLabelColumn(
  path: string,
  first: readonly string[],
  isHeader: boolean,
  name: string | undefined,
): number {
  if (name === undefined) return first.length - 1
  const named = isHeader ? first.indexOf(name) : -1
  if (named >= 0) return named
  const column = Number(name)
  if (Number.isInteger(column) && column >= 1 && column <= first.length) return column - 1
  const way = isHeader ? `a heading (${some(first)}) or ` : ''
  throw new DatasetError(
    'DATASET_COLUMN_UNKNOWN',
    `${path} has no label column ${quoted(name)}${isHeader ? '' : ', and no headings'}; use ${way}a number from 1 to ${first.length}`,
  )
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** A finite float32, or `undefined` for everything else, `NaN` and the empty cell included. */
function numberOf(cell: string): number | undefined {
  if (!decimal.test(cell)) return undefined
  const value = Math.fround(Number(cell))
  return Number.isFinite(value) ? value : undefined
}

function notNumeric(path: string, line: number, column: number, header: readonly string[]): never {
  const name = header[column] === undefined ? '' : ` (${quoted(header[column])})`
  throw new DatasetError(
    'DATASET_NOT_NUMERIC',
    `${path}, line ${line}, column ${column + 1}${name}: the value is not a finite number; encode the column as numbers or drop it`,
  )
}

function badWidth(path: string, columns: number): DatasetError {
  if (columns < 2) {
    return new DatasetError(
      'DATASET_FORMAT_UNKNOWN',
      `${path} has one column only; give a table of features and a label, separated by commas`,
    )
  }
  return new DatasetError(
    'DATASET_TOO_LARGE',
    `${path} has ${columns} columns, the limit is ${limits.tableColumnsMax}; drop some`,
  )
}

function tooManyCells(path: string): DatasetError {
  return new DatasetError(
    'DATASET_TOO_LARGE',
    `${path} holds more than ${limits.tableCellsMax} numbers; cut rows`,
  )
}

function doubled(values: Float32Array): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(values.length * 2)
  larger.set(values)
  return larger
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(quoted)
  return names.length > shown.length ? `${shown.join(', ')}, ...` : shown.join(', ')
}

/** Names come from the file: quoted, cut and without control characters. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name)
}
