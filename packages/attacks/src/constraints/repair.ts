import { assert, unreachable } from '@merlon/core'
import { type Column, type Constraints, columnsOf, type Rule } from './constraints.ts'
import { faultsOf } from './validate.ts'

/** Times that rules are applied and what is then still in the way goes back. */
const roundsMax = 4
/** Less than this, relatively, is the rounding of a scaled float32 number and no change. */
const sameWithin = 1e-6

/**
 * The point moved to a row that an adversary can make of `origin`: bounds and directions first, then whole steps, one
 * category of each group, computed columns and inequalities. Where that cannot be set right together, what is in the way
 * goes back to the origin's values, in the end the whole row: the result is always a row in which `faultsOf` finds nothing.
 */
export function repair(
  constraints: Constraints,
  origin: Float32Array,
  point: Float32Array,
): Float32Array {
  const { columns, oneHot } = constraints
  const row = new Float32Array(point.length)
  for (const [k, column] of columns.entries()) row[k] = settle(column, point[k]!, origin[k]!)
  for (const group of oneHot) chooseOne(constraints, group, origin, point, row)
  for (let round = 0; round < roundsMax; round++) {
    applyRules(constraints, row, origin)
    const faults = faultsOf(constraints, row, origin)
    if (faults.length === 0) return row
    const inTheWay = faults.flatMap((fault) => fault.columns)
    giveBack(constraints, inTheWay, origin, row)
  }
  return origin.slice()
}

/** A value within the column's bounds and direction, on a whole step. */
function settle(column: Column, wanted: number, before: number): number {
  const { low, high, step, change } = column
  const isSame = Math.abs(wanted - before) <= sameWithin * Math.max(1, Math.abs(before))
  if (change === 'none' || !Number.isFinite(wanted) || isSame) return before
  const least = change === 'rise' ? Math.max(low, before) : low
  const most = change === 'fall' ? Math.min(high, before) : high
  const value = Math.min(most, Math.max(least, wanted))
  if (step === undefined) return value
  const rounded = low + step * Math.round((value - low) / step)
  if (rounded < least || rounded > most) {
    const inner = rounded < least ? rounded + step : rounded - step
    // Where no step lies between the bounds, the value from before is one.
    return inner < least || inner > most ? before : inner
  }
  return rounded
}

/** Of the categories that can be taken, the one whose value is the largest; the present one among equals. */
function chooseOne(
  { columns }: Constraints,
  group: readonly number[],
  origin: Float32Array,
  point: Float32Array,
  row: Float32Array,
): void {
  const present = group.find((k) => origin[k] === 1)
  assert(present !== undefined, 'the origin has a category in each group')
  const isFixed = columns[present]!.change === 'none' || columns[present]!.change === 'rise'
  let chosen = present
  for (const k of group) {
    const { change } = columns[k]!
    const isOpen = !isFixed && (change === 'free' || change === 'rise')
    if (isOpen && point[k]! > point[chosen]!) chosen = k
  }
  for (const k of group) row[k] = k === chosen ? 1 : 0
}

/** Sets computed columns, then pulls the lesser side of an inequality under the greater one. */
function applyRules(
  { columns, rules }: Constraints,
  row: Float32Array,
  origin: Float32Array,
): void {
  for (const rule of rules) {
    if (rule.kind !== 'at-most') row[rule.column] = computed(rule, row)
  }
  for (const rule of rules) {
    if (rule.kind !== 'at-most' || row[rule.lesser]! + rule.gap <= row[rule.greater]!) continue
    const { lesser, greater, gap } = rule
    row[lesser] = settleBelow(columns[lesser]!, row[greater]! - gap, origin[lesser]!)
    if (row[lesser]! + gap > row[greater]!) {
      row[greater] = settleAbove(columns[greater]!, row[lesser]! + gap, origin[greater]!)
    }
  }
  for (const rule of rules) {
    if (rule.kind !== 'at-most') row[rule.column] = computed(rule, row)
  }
}

function settleBelow(column: Column, most: number, before: number): number {
  const value = settle(column, most, before)
  return column.step !== undefined && value > most
    ? settle(column, value - column.step, before)
    : value
}

function settleAbove(column: Column, least: number, before: number): number {
  const value = settle(column, least, before)
  return column.step !== undefined && value < least
    ? settle(column, value + column.step, before)
    : value
}

type Equation = Exclude<Rule, { readonly kind: 'at-most' }>

function computed(rule: Equation, row: Float32Array): number {
  switch (rule.kind) {
    case 'sum': {
      let sum = rule.offset
      for (const { column, factor } of rule.terms) sum += factor * row[column]!
      return sum
    }
    case 'ratio':
      return row[rule.denominator] === 0 ? 0 : row[rule.numerator]! / row[rule.denominator]!
    case 'product': {
      let product = 1
      for (const k of rule.factors) product *= row[k]!
      return product
    }
    default:
      return unreachable(rule)
  }
}

/**
 * The origin's values back for the columns in the way, for the rest of their groups, and for what is bound to them by a
 * rule: a computed column is right again only with all that it is computed from.
 */
function giveBack(
  { oneHot, rules }: Constraints,
  columns: readonly number[],
  origin: Float32Array,
  row: Float32Array,
): void {
  const bound = rules.map(columnsOf).filter((each) => each.some((k) => columns.includes(k)))
  for (const k of [...columns, ...bound.flat()]) {
    const group = oneHot.find((members) => members.includes(k)) ?? [k]
    for (const each of group) row[each] = origin[each]!
  }
}
