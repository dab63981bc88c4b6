import type { Random } from '@merlon/core'
import type { Constraints, Unit } from './constraints.ts'
import { repair } from './repair.ts'

/** Sizes of a column's step in units of its scale, drawn evenly on a logarithmic scale between these. */
const stepsFrom = 0.02
const stepsTo = 4
/** How often a column is drawn anew from its range instead. */
const anewShare = 0.25

/** Draws rows that one adversary's decision, or a few, make of a row. */
export interface Moves {
  /** The row after `count` decisions, repaired: always a row that can be made of the origin. */
  readonly from: (row: Float32Array, count: number) => Float32Array
  /** The row with one decision taken back by `share`: 1 for wholly. */
  readonly back: (row: Float32Array, unit: Unit, share: number) => Float32Array
}

/** The moves of an adversary that starts from `origin`. */
export function movesOf(
  constraints: Constraints,
  units: readonly Unit[],
  origin: Float32Array,
  random: Random,
): Moves {
  const { columns } = constraints

  function change(point: Float32Array, unit: Unit): void {
    if (unit.kind === 'group') {
      const open = unit.columns.filter((k) => point[k] !== 1)
      const chosen = open[Math.floor(random() * open.length)]
      for (const k of unit.columns) point[k] = k === chosen ? 1 : 0
      return
    }
    const { low, high, scale, step = 0, change: direction } = columns[unit.column]!
    if (random() < anewShare) {
      point[unit.column] = low + (high - low) * random()
      return
    }
    const size = Math.max(step, scale * stepsFrom * (stepsTo / stepsFrom) ** random())
    const isUp = direction === 'rise' || (direction === 'free' && random() < 0.5)
    point[unit.column] = point[unit.column]! + (isUp ? size : -size)
  }

  return {
    from(row, count) {
      const point = row.slice()
      for (let k = 0; k < count; k++) change(point, units[Math.floor(random() * units.length)]!)
      return repair(constraints, origin, point)
    },
    back(row, unit, share) {
      const point = row.slice()
      const own = unit.kind === 'column' ? [unit.column] : unit.columns
      for (const k of own) point[k] = point[k]! + share * (origin[k]! - point[k]!)
      return repair(constraints, origin, point)
    },
  }
}

/** True where the row differs from the origin in what the unit decides. */
export function isChanged(unit: Unit, row: Float32Array, origin: Float32Array): boolean {
  if (unit.kind === 'column') return row[unit.column] !== origin[unit.column]
  return unit.columns.some((k) => row[k] !== origin[k])
}
