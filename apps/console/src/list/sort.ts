/** What a cell comes to for sorting and exporting; `null` where there is nothing. */
export type Value = string | number | null

/** The order of a list, written in the address bar as `column.asc` or `column.desc`. */
export interface Sort {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

/** Reads `column.asc` or `column.desc`; anything else, or a column that is not listed, is `undefined`. */
export function parseSort(text: string | undefined, columns: readonly string[]): Sort | undefined {
  const match = /^([\w-]+)\.(asc|desc)$/.exec(text ?? '')
  if (match === null || !columns.includes(match[1]!)) return undefined
  return { column: match[1]!, direction: match[2] === 'asc' ? 'asc' : 'desc' }
}

/** The opposite of `parseSort`. */
export function sortText({ column, direction }: Sort): string {
  return `${column}.${direction}`
}

/** The rows in order, as a new array. Absent values come last in both directions; ties keep their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  value: (row: Row) => Value,
  direction: Sort['direction'],
): Row[] {
  const sign = direction === 'asc' ? 1 : -1
  return [...rows].sort((left, right) => {
    const a = value(left)
    const b = value(right)
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    return sign * compare(a, b)
  })
}

const words = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return words.compare(String(a), String(b))
}
