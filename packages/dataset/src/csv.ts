import { isUtf8 } from 'node:buffer'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { Task } from '@merlon/core'
import { CsvError, parse } from 'csv-parse'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'

/**
 * Gives each record of a table to `take`, with its line in the file; nothing is kept here.
 * The delimiter is whichever of comma, semicolon and tab the first line has most of.
 * @throws DatasetError DATASET_FORMAT_UNKNOWN, _CORRUPT, _ROW_UNEVEN, _TOO_LARGE, and what `take` throws
 */
export async function parseCsv(
  bytes: Uint8Array,
  path: string,
  take: (record: readonly string[], line: number) => void,
  task: Task,
): Promise<void> {
  if (!isUtf8(bytes) || bytes.includes(0)) {
    throw new DatasetError(
      'DATASET_FORMAT_UNKNOWN',
      `${path} is neither IDX nor UTF-8 text; give IDX images or a CSV file`,
    )
  }
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    delimiter: delimiterOf(bytes),
    max_record_size: limits.recordCharsMax,
    on_record: (record, { lines }) => {
      take(record, lines)
      return null
    },
  })
  try {
    const { signal } = task
    await pipeline(slices(bytes, task), parser, drain, { signal })
  } catch (cause) {
    task.signal.throwIfAborted()
    throw cause instanceof CsvError ? parseError(cause, path) : cause
  }
}

const sliceBytes = 2 ** 18

/** A part at a time, with the event loop let in between, so that a long table can be interrupted. */
async function* slices(bytes: Uint8Array, task: Task): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sliceBytes) {
    yield bytes.subarray(start, start + sliceBytes)
    await setImmediate()
    task.progress(Math.min(start + sliceBytes, bytes.length), bytes.length)
  }
}

/** Every record was taken on its way: none arrives. */
async function drain(records: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of records);
}

function delimiterOf(bytes: Uint8Array): string {
  const firstLine = Buffer.from(bytes.subarray(0, limits.peekBytesMax))
    .toString()
    .split(/[\r\n]/, 1)
  const count = (delimiter: string) => firstLine[0]!.split(delimiter).length
  return [';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best), ',')
}

function parseError(cause: CsvError, path: string): DatasetError {
  const line = typeof cause.lines === 'number' ? `line ${cause.lines}` : 'a line'
  switch (cause.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return new DatasetError(
        'DATASET_ROW_UNEVEN',
        `${path}, ${line}: the row has another number of columns than the first; mend the row`,
        { cause },
      )
    case 'CSV_MAX_RECORD_SIZE':
      return new DatasetError(
        'DATASET_TOO_LARGE',
        `${path}, ${line}: the row is longer than ${limits.recordCharsMax} characters; check its quotes`,
        { cause },
      )
    default:
      return new DatasetError(
        'DATASET_CORRUPT',
        `${path}, ${line}: the quotes of the row do not match; mend the row`,
        { cause },
      )
  }
}
