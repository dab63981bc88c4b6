import type { ReactNode } from 'react'
import { Menu, MenuItem } from '../design/menu.tsx'
import { type ExportColumn, toCsv, toJson } from './export.ts'
import styles from './toolbar.module.css'

/** Filters and actions above a list. */
export function Toolbar({
  label,
  children,
}: {
  readonly label: string
  readonly children: ReactNode
}) {
  return (
    <fieldset className={styles.bar} aria-label={label}>
      {children}
    </fieldset>
  )
}

interface ExportMenuProps<Row> {
  /** The file's name without its ending. */
  readonly name: string
  readonly columns: readonly ExportColumn<Row>[]
  readonly rows: readonly Row[]
}

/** Saves the rows that are listed, as CSV or JSON. */
export function ExportMenu<Row>({ name, columns, rows }: ExportMenuProps<Row>) {
  return (
    <Menu label="Export" icon="download">
      <MenuItem icon="table" onSelect={() => save(`${name}.csv`, 'text/csv', toCsv(columns, rows))}>
        CSV, {rows.length} rows
      </MenuItem>
      <MenuItem
        icon="download"
        onSelect={() => save(`${name}.json`, 'application/json', toJson(columns, rows))}
      >
        JSON, {rows.length} rows
      </MenuItem>
    </Menu>
  )
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
