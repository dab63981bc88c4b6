import type { Paint } from './paint.ts'
import { plain } from './plain.ts'
import { hang } from './wrap.ts'

export interface Column {
  readonly heading: string
  readonly align?: 'left' | 'right'
  /** May be cut short on a narrow terminal. */
  readonly isFlexible?: boolean
  readonly paint?: (text: string) => string
}

const gap = '  '
const flexibleMin = 8

/**
 * Rows under headings, in columns. On a terminal the widest flexible column gives way until the
 * lines fit, and where that is not enough each row becomes a block of lines; where the reader is a
 * program, nothing is cut. Cells are made safe to show.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string[] {
  const cells = rows.map((row) => row.map(plain))
  const widths = columns.map(({ heading }, i) =>
    Math.max(lengthOf(heading), ...cells.map((row) => lengthOf(row[i] ?? ''))),
  )
  if (paint.width !== undefined && !shrink(widths, columns, paint.width)) {
    return cells.flatMap((row, i) => [...(i === 0 ? [] : ['']), ...block(columns, row, paint)])
  }
  const line = (texts: readonly string[], style: (text: string, column: Column) => string) =>
    columns
      .map((column, i) => {
        const text = cut(texts[i] ?? '', widths[i]!)
        const space = ' '.repeat(Math.max(0, widths[i]! - lengthOf(text)))
        const painted = style(text, column)
        return column.align === 'right' ? space + painted : painted + space
      })
      .join(gap)
      .trimEnd()
  const headings = columns.map(({ heading }) => heading)
  return [
    line(headings, (text) => paint.dim(text)),
    ...cells.map((row) => line(row, (text, column) => column.paint?.(text) ?? text)),
  ]
}

/** A row on a terminal that is too narrow for its columns: a line for each cell. */
function block(columns: readonly Column[], row: readonly string[], paint: Paint): string[] {
  const indent = Math.max(...columns.map(({ heading }) => heading.length)) + gap.length
  return columns.flatMap(({ heading }, i) => {
    const head = paint.dim(heading) + ' '.repeat(indent - heading.length)
    return hang({ head, headLength: indent, indent }, row[i] ?? '', paint)
  })
}

/** Takes a character at a time from the widest flexible column; false if that does not suffice. */
function shrink(widths: number[], columns: readonly Column[], total: number): boolean {
  const used = () => widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1))
  for (let excess = used() - total; excess > 0; excess--) {
    let widest = -1
    for (let i = 0; i < widths.length; i++) {
      const gives = columns[i]!.isFlexible === true && widths[i]! > flexibleMin
      if (gives && (widest < 0 || widths[i]! > widths[widest]!)) widest = i
    }
    if (widest < 0) return false
    widths[widest]! -= 1
  }
  return true
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width
    ? text
    : `${Array.from(text)
        .slice(0, width - 1)
        .join('')}…`
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
