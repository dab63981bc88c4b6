import { unreachable } from '@merlon/core'
import { type Column, type Constraints, columnsOf, type Rule } from './constraints.ts'

/** How far float32 numbers may be from what a rule computes, relatively. */
const tolerance = 1e-5

/** A rule that a row breaks, and the columns that it is about. */
export interface Fault {
  readonly columns: readonly number[]
  readonly sentence: string
}

/**
 * What is wrong with a row that an adversary made of `origin`, none where it could stand in the data. Without an origin
 * the row is judged by itself. This is written apart from the repair, which it checks.
 */
export function faultsOf(
  { columns, oneHot, rules }: Constraints,
  row: Float32Array,
  origin: Float32Array = row,
): readonly Fault[] {
  if (row.length !== columns.length) {
    const sentence = `the row has ${row.length} numbers but there are ${columns.length} columns`
    return [{ columns: [], sentence }]
  }
  const faults: Fault[] = []
  for (const [k, column] of columns.entries()) {
    const wrong = columnFault(column, row[k]!, origin[k]!)
    if (wrong !== undefined) faults.push({ columns: [k], sentence: `${column.name} ${wrong}` })
  }
  for (const group of oneHot) {
    const ones = group.filter((k) => row[k] === 1).length
    const zeros = group.filter((k) => row[k] === 0).length
    if (ones === 1 && zeros === group.length - 1) continue
    const names = group.map((k) => columns[k]!.name).join(', ')
    const sentence = `of ${names} exactly one must be 1 and the others 0`
    faults.push({ columns: group, sentence })
  }
  for (const rule of rules) {
    const wrong = ruleFault(rule, row, columns)
    if (wrong !== undefined) faults.push({ columns: columnsOf(rule), sentence: wrong })
  }
  return faults
}

function columnFault(column: Column, value: number, before: number): string | undefined {
  const { low, high, step, change } = column
  if (!Number.isFinite(value)) return `is ${value}`
  const slack = tolerance * Math.max(1, Math.abs(low), Math.abs(high))
  if (value < low - slack || value > high + slack) {
    return `is ${value}, outside ${low} to ${high}`
  }
  if (step !== undefined) {
    const steps = (value - low) / step
    const off = Math.abs(steps - Math.round(steps)) * step
    if (off > slack) return `is ${value}, not ${low} and whole steps of ${step}`
  }
  if (value !== before && change === 'none') return `changed from ${before} to ${value}`
  if (value < before && change === 'rise') return `fell from ${before} to ${value}`
  if (value > before && change === 'fall') return `rose from ${before} to ${value}`
  return undefined
}

function ruleFault(rule: Rule, row: Float32Array, columns: readonly Column[]): string | undefined {
  const name = (k: number) => columns[k]!.name
  switch (rule.kind) {
    case 'sum': {
      const parts = rule.terms.map(({ column, factor }) => factor * row[column]!)
      const wanted = parts.reduce((sum, part) => sum + part, rule.offset)
      const size = Math.max(1, Math.abs(rule.offset), ...parts.map(Math.abs))
      if (Math.abs(row[rule.column]! - wanted) <= tolerance * size) return undefined
      return `${name(rule.column)} is ${row[rule.column]}, not the sum ${wanted}`
    }
    case 'ratio': {
      const below = row[rule.denominator]!
      const wanted = below === 0 ? 0 : row[rule.numerator]! / below
      if (isNear(row[rule.column]!, wanted)) return undefined
      return `${name(rule.column)} is ${row[rule.column]}, not ${name(rule.numerator)} / ${name(rule.denominator)} = ${wanted}`
    }
    case 'product': {
      const wanted = rule.factors.reduce((product, k) => product * row[k]!, 1)
      if (isNear(row[rule.column]!, wanted)) return undefined
      return `${name(rule.column)} is ${row[rule.column]}, not the product ${wanted}`
    }
    case 'at-most': {
      const [lesser, greater] = [row[rule.lesser]!, row[rule.greater]!]
      const slack = tolerance * Math.max(1, Math.abs(lesser), Math.abs(greater))
      if (lesser + rule.gap <= greater + slack) return undefined
      return `${name(rule.lesser)} is ${lesser}, too much beside ${name(rule.greater)} of ${greater}`
    }
    default:
      return unreachable(rule)
  }
}

function isNear(value: number, wanted: number): boolean {
  return Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted))
}
