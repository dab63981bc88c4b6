import type { Value } from './sort.ts'

/** One column of an exported table. */
export interface ExportColumn<Row> {
  readonly id: string
  readonly value: (row: Row) => Value
}

/**
 * A table as CSV (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe in
 * front: cells quote what attackers send, and the file is opened by the person who investigates them.
 */
export function toCsv<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const head = columns.map(({ id }) => quote(id)).join(',')
  const body = rows.map((row) => columns.map(({ value }) => cell(value(row))).join(','))
  return [head, ...body, ''].join('\r\n')
}

/** A table as JSON: one object per row, with the columns' ids as names. */
export function toJson<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const plain = rows.map((row) =>
    Object.fromEntries(columns.map(({ id, value }) => [id, value(row)])),
  )
  return `${JSON.stringify(plain, null, 2)}\n`
}

function cell(value: Value): string {
  if (value === null) return ''
  return typeof value === 'number' ? String(value) : quote(defuse(value))
}

/** The first characters that Excel, LibreOffice and Sheets take for a formula (OWASP, CSV injection). */
const formulaStart = /^\s*[=+\-@\t\r＝＋－＠]/

function defuse(text: string): string {
  return formulaStart.test(text) ? `'${text}` : text
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
