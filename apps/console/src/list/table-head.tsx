import { classNames } from '../design/class-names.ts'
import { Icon } from '../design/icon.tsx'
import styles from './data-table.module.css'
import type { Column } from './data-table.tsx'
import type { Sort } from './sort.ts'

interface TableHeadProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly sort: Sort
  readonly onSort: (sort: Sort) => void
}

/** The columns' names, each a button that sorts. */
export function TableHead<Row>({ columns, sort, onSort }: TableHeadProps<Row>) {
  return (
    <thead>
      <tr>
        {columns.map(({ id, title, width, isMinor }) => {
          const direction = sort.column === id ? sort.direction : undefined
          return (
            <th
              key={id}
              scope="col"
              className={classNames(styles[width], isMinor && styles.minor)}
              {...(direction === undefined ? {} : { 'aria-sort': ariaSort[direction] })}
            >
              <button
                type="button"
                className={styles.sort}
                onClick={() => onSort({ column: id, direction: next(direction, width) })}
              >
                {title}
                {direction === undefined ? null : (
                  <Icon name={direction === 'asc' ? 'ascending' : 'descending'} />
                )}
              </button>
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

const ariaSort = { asc: 'ascending', desc: 'descending' } as const

/** Times and numbers are first wanted from the top, words from A. */
function next(direction: Sort['direction'] | undefined, width: string): Sort['direction'] {
  if (direction === undefined) return width === 'time' || width === 'number' ? 'desc' : 'asc'
  return direction === 'asc' ? 'desc' : 'asc'
}
