import { Link } from '@tanstack/react-router'
import { type MouseEvent, memo, type ReactNode } from 'react'
import { classNames } from '../design/class-names.ts'
import styles from './data-table.module.css'
import type { Column } from './data-table.tsx'
import { useListSearch } from './use-list-search.ts'

interface TableRowProps<Row> {
  readonly row: Row
  readonly rowKey: string
  readonly index: number
  readonly columns: readonly Column<Row>[]
  readonly measure: (element: HTMLTableRowElement | null) => void
  /** Of all rows only one is reached by Tab; j, k and the arrows go on from there. */
  readonly isTabStop: boolean
  readonly onFocus: (key: string) => void
  readonly openPage: (row: Row) => void
}

/** One row: its first cell is the link that opens the peek panel, a click anywhere does the same. */
export function TableRow<Row>(props: TableRowProps<Row>) {
  const { row, rowKey, index, columns, measure, isTabStop, onFocus, openPage } = props
  const { search, select } = useListSearch()
  const isSelected = rowKey === search.selected
  const onRowClick = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest('a, button')) return
    // Marking text to copy it is not a click on the row.
    if (getSelection()?.isCollapsed !== false) select(isSelected ? undefined : rowKey)
  }
  const onLinkClick = (event: MouseEvent) => {
    // A key press (which has no clicks to count) on the row that is open already goes on to its page.
    if (!isSelected || event.detail > 0) return
    event.preventDefault()
    openPage(row)
  }
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className={classNames(styles.row, isSelected && styles.selected)}
      onClick={onRowClick}
    >
      {columns.map((column, place) =>
        place > 0 ? (
          <td key={column.id} className={cellClass(column)}>
            {contentOf(column, row)}
          </td>
        ) : (
          <th key={column.id} scope="row" className={cellClass(column)}>
            <Link
              to="."
              search={(now: Record<string, unknown>) => ({ ...now, selected: rowKey })}
              replace={search.selected !== undefined}
              resetScroll={false}
              className={styles.link}
              tabIndex={isTabStop ? 0 : -1}
              aria-current={isSelected ? 'true' : undefined}
              onFocus={() => onFocus(rowKey)}
              onClick={onLinkClick}
            >
              {contentOf(column, row)}
            </Link>
          </th>
        ),
      )}
    </tr>
  )
}

/** Stands for rows that are not drawn. Its height goes through the object model, which the policy allows. */
export const Spacer = memo(({ px, columns }: { readonly px: number; readonly columns: number }) => {
  if (px <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row without content cannot take the focus
    <tr aria-hidden="true">
      <td
        colSpan={columns}
        className={styles.spacer}
        ref={(element) => {
          if (element !== null) element.style.height = `${px}px`
        }}
      />
    </tr>
  )
})

function cellClass<Row>({ width, isMinor }: Column<Row>): string {
  return classNames(styles[width], isMinor && styles.minor)
}

function contentOf<Row>(column: Column<Row>, row: Row): ReactNode {
  return column.cell?.(row) ?? column.value(row) ?? '–'
}
