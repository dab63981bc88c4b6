import { Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { classNames } from '../design/class-names.ts'
import styles from './data-table.module.css'
import type { ExportColumn } from './export.ts'
import { parseSort, type Sort, sortRows } from './sort.ts'
import { TableHead } from './table-head.tsx'
import { useListKeys } from './use-list-keys.ts'
import { useListSearch } from './use-list-search.ts'

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
  readonly pageOf: (row: Row) => string | undefined
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
  const { search, select, sortBy } = useListSearch()
  const navigate = useNavigate()
  const sort =
    parseSort(
      search.sort,
      columns.map(({ id }) => id),
    ) ?? order
  const sorted = useSorted(rows, columns, sort)
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => keyOf(sorted[index]!),
    overscan: 10,
    scrollPaddingStart: headPx,
    // The heading takes part in the scrolled height.
    paddingStart: 0,
  })
  useAnchor(scroller, sorted, keyOf)
  const [walked, setWalked] = useState<string>()
  const selected = search.selected
  const active = sorted.findIndex((row) => keyOf(row) === (selected ?? walked))
  const focusRow = (index: number) => {
    virtual.scrollToIndex(index)
    // The row may be drawn only after the scroll.
    requestAnimationFrame(() => linkAt(scroller.current, index)?.focus({ preventScroll: true }))
  }
  const openPage = (row: Row | undefined) => {
    const page = row === undefined ? undefined : pageOf(row)
    if (page !== undefined) void navigate({ to: page })
  }
  useListKeys({
    holdsFocus: () => scroller.current?.contains(document.activeElement) ?? false,
    move: (by) => {
      const index = indexAfter(active, by, sorted.length)
      if (index === undefined) return
      const key = keyOf(sorted[index]!)
      setWalked(key)
      if (selected !== undefined) select(key)
      focusRow(index)
    },
    openPage: () => openPage(sorted[active]),
    close: () => {
      if (selected === undefined) return
      setWalked(selected)
      select(undefined)
      if (active >= 0) focusRow(active)
    },
  })
  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  const tabStop = active >= 0 ? active : 0
  return (
    <div className={styles.scroller} ref={scroller}>
      <table className={styles.table} aria-rowcount={sorted.length + 1}>
        <caption className={styles.caption}>{caption}</caption>
        <TableHead columns={columns} sort={sort} onSort={sortBy} />
        <tbody>
          <Spacer px={before} columns={columns.length} />
          {items.map(({ index, key }) => {
            const row = sorted[index]!
            const rowKey = keyOf(row)
            const isSelected = rowKey === selected
            return (
              <tr
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                aria-rowindex={index + 2}
                className={classNames(styles.row, isSelected && styles.selected)}
                onClick={(event) => {
                  if (event.target instanceof Element && event.target.closest('a, button')) return
                  if (getSelection()?.isCollapsed !== false) select(isSelected ? undefined : rowKey)
                }}
              >
                {columns.map((column, place) => (
                  <Cell key={column.id} column={column} isHeading={place === 0}>
                    {place > 0 ? (
                      contentOf(column, row)
                    ) : (
                      <Link
                        to="."
                        search={(now: Record<string, unknown>) => ({ ...now, selected: rowKey })}
                        replace={selected !== undefined}
                        resetScroll={false}
                        className={styles.link}
                        tabIndex={index === tabStop ? 0 : -1}
                        aria-current={isSelected ? 'true' : undefined}
                        activeProps={{}}
                        onFocus={() => setWalked(rowKey)}
                        onClick={(event) => {
                          // A key press on the row that is open already goes on to its page.
                          if (!isSelected || event.detail > 0) return
                          event.preventDefault()
                          openPage(row)
                        }}
                      >
                        {contentOf(column, row)}
                      </Link>
                    )}
                  </Cell>
                ))}
              </tr>
            )
          })}
          <Spacer px={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  )
}

function Cell<Row>({
  column,
  isHeading,
  children,
}: {
  readonly column: Column<Row>
  readonly isHeading: boolean
  readonly children: ReactNode
}) {
  const className = classNames(styles[column.width], column.isMinor && styles.minor)
  if (!isHeading) return <td className={className}>{children}</td>
  return (
    <th scope="row" className={className}>
      {children}
    </th>
  )
}

/** Stands for the rows that are not drawn. Its height goes through the object model, which the policy allows. */
function Spacer({ px, columns }: { readonly px: number; readonly columns: number }) {
  if (px <= 0) return null
  return (
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
  scroller: React.RefObject<HTMLDivElement | null>,
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
  })
}

function contentOf<Row>(column: Column<Row>, row: Row): ReactNode {
  return column.cell?.(row) ?? column.value(row) ?? '–'
}

function linkAt(scroller: HTMLElement | null, index: number): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-index="${index}"] th a`) ?? null
}

function indexAfter(
  active: number,
  by: -1 | 1 | 'first' | 'last',
  count: number,
): number | undefined {
  if (count === 0) return undefined
  if (by === 'first') return 0
  if (by === 'last') return count - 1
  if (active < 0) return 0
  return Math.min(count - 1, Math.max(0, active + by))
}
