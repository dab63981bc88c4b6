import { isUtf8 } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/sync'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'

/**
 * Gives each record of a table to `take`, with its line in the file; nothing is kept here.
 * The delimiter is whichever of comma, semicolon and tab the first line has most of.
 * @throws DatasetError DATASET_FORMAT_UNKNOWN, _CORRUPT, _ROW_UNEVEN, _TOO_LARGE, and what `take` throws
 */
export function parseCsv(
  bytes: Uint8Array,
  path: string,
  take: (record: readonly string[], line: number) => void,
): void {
  if (!isUtf8(bytes) || bytes.includes(0)) {
    throw new DatasetError(
      'DATASET_FORMAT_UNKNOWN',
      `${path} is neither IDX nor UTF-8 text; give IDX images or a CSV file`,
    )
  }
  let rejection: unknown
  try {
    parse(bytes, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      delimiter: delimiterOf(bytes),
      max_record_size: limits.recordCharsMax,
      on_record: (record, { lines }) => {
        try {
          take(record, lines)
        } catch (cause) {
          rejection = cause
          throw cause
        }
        return null
      },
    })
  } catch (cause) {
    if (rejection !== undefined) throw rejection
    throw cause instanceof CsvError ? parseError(cause, path) : cause
  }
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
