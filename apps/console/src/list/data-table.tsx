import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef } from 'react'
import styles from './data-table.module.css'
import type { ExportColumn } from './export.ts'
import { parseSort, type Sort, sortRows } from './sort.ts'
import { TableHead } from './table-head.tsx'
import { Spacer, TableRow } from './table-row.tsx'
import { useListSearch } from './use-list-search.ts'
import { useWalk } from './use-walk.ts'

/** One column: its value sorts and exports, its cell is drawn. */
export interface Column<Row> extends ExportColumn<Row> {
  readonly title: string
  /** The value as text where absent. */
  readonly cell?: (row: Row) => ReactNode
  readonly width: 'time' | 'number' | 'badge' | 'word' | 'text'
  /** Left out where the table is narrow. */
  readonly isMinor?: boolean
}

interface DataTableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** The order while the address bar names none. */
  readonly order: Sort
  /** Where a row's own page is. */
  readonly pageOf: (row: Row) => string
}

/** The height of a row before it is measured. */
const rowPx = 37
/** The heading that stays in sight above the rows. */
const headPx = 34

/**
 * A list to work in: sorted, drawn only where it is seen, walked with j and k. A row's link opens the
 * peek panel (`?selected=`); the same key once more opens the page.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, keyOf, order, pageOf } = props
  const { search, sortBy } = useListSearch()
  const navigate = useNavigate()
  const ids = columns.map(({ id }) => id)
  const sort = parseSort(search.sort, ids) ?? order
  const sorted = useSorted(rows, columns, sort)
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => keyOf(sorted[index]!),
    overscan: 10,
    scrollPaddingStart: headPx,
  })
  useAnchor(scroller, sorted, keyOf)
  const openPage = (row: Row) => void navigate({ to: pageOf(row) })
  const walk = useWalk({
    scroller,
    keys: useMemo(() => sorted.map(keyOf), [sorted, keyOf]),
    openPage: (index) => openPage(sorted[index]!),
    show: (index) => virtual.scrollToIndex(index),
  })
  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    <div className={styles.scroller} ref={scroller}>
      <table className={styles.table} aria-rowcount={sorted.length + 1}>
        <caption className={styles.caption}>{caption}</caption>
        <TableHead columns={columns} sort={sort} onSort={sortBy} />
        <tbody>
          <Spacer px={before} columns={columns.length} />
          {items.map(({ index, key }) => (
            <TableRow
              key={key}
              rowKey={keyOf(sorted[index]!)}
              row={sorted[index]!}
              index={index}
              columns={columns}
              measure={virtual.measureElement}
              isTabStop={index === walk.tabStop}
              onFocus={walk.onFocus}
              openPage={openPage}
            />
          ))}
          <Spacer px={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  )
}

function useSorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { column, direction }: Sort,
): readonly Row[] {
  return useMemo(() => {
    const found = columns.find(({ id }) => id === column)
    return found === undefined ? rows : sortRows(rows, found.value, direction)
  }, [rows, columns, column, direction])
}

/** Rows that arrive above must not push away what is being read. */
function useAnchor<Row>(
  scroller: RefObject<HTMLDivElement | null>,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): void {
  const first = useRef<string>(undefined)
  useLayoutEffect(() => {
    const element = scroller.current
    const before = first.current
    first.current = rows[0] === undefined ? undefined : keyOf(rows[0])
    if (element === null || element.scrollTop === 0 || before === undefined) return
    const added = rows.findIndex((row) => keyOf(row) === before)
    if (added > 0) element.scrollTop += added * rowPx
  }, [scroller, rows, keyOf])
}
