import { unreachable } from '@merlon/core'

/** In which direction an adversary can move a column: buy more (`rise`), pay off (`fall`), both (`free`) or not at all. */
export type Change = 'free' | 'rise' | 'fall' | 'none'

/** One number of a row, and what values it can have. */
export interface Column {
  readonly name: string
  readonly low: number
  readonly high: number
  /** Values are low, low + step, low + 2 step, ...; any value in the range where it is absent. */
  readonly step?: number
  readonly change: Change
  /** A change of so much costs 1. */
  readonly scale: number
}

/** What has to hold between columns, which are named by their place in the row. */
export type Rule =
  /** column = offset + sum of factor times column */
  | {
      readonly kind: 'sum'
      readonly column: number
      readonly terms: readonly { readonly column: number; readonly factor: number }[]
      readonly offset: number
    }
  /** column = numerator / denominator, and 0 where the denominator is 0 */
  | {
      readonly kind: 'ratio'
      readonly column: number
      readonly numerator: number
      readonly denominator: number
    }
  /** column = the product of columns */
  | { readonly kind: 'product'; readonly column: number; readonly factors: readonly number[] }
  /** lesser + gap <= greater */
  | {
      readonly kind: 'at-most'
      readonly lesser: number
      readonly greater: number
      readonly gap: number
    }

/** What rows there can be, and which of them an adversary can reach from a given one. */
export interface Constraints {
  /** One for each number of a row. */
  readonly columns: readonly Column[]
  /** Groups of 0/1 columns of which exactly one is 1: the categories of one attribute. */
  readonly oneHot: readonly (readonly number[])[]
  readonly rules: readonly Rule[]
}

/** What an adversary can decide about: a column that is its own, or which column of a group is 1. */
export type Unit =
  | { readonly kind: 'column'; readonly column: number }
  | { readonly kind: 'group'; readonly columns: readonly number[] }

/** The units that can change at all; a column that a rule computes is nobody's decision. */
export function unitsOf({ columns, oneHot, rules }: Constraints): readonly Unit[] {
  const grouped = new Set(oneHot.flat())
  const computed = new Set(rules.flatMap((rule) => (rule.kind === 'at-most' ? [] : [rule.column])))
  const own = Array.from(columns.keys()).filter(
    (k) => !grouped.has(k) && !computed.has(k) && columns[k]!.change !== 'none',
  )
  const groups = oneHot.filter((group) => group.some((k) => columns[k]!.change !== 'none'))
  return [
    ...own.map((column): Unit => ({ kind: 'column', column })),
    ...groups.map((group): Unit => ({ kind: 'group', columns: group })),
  ]
}

/**
 * What a change costs: of a column its size over the column's scale, of a group the scale of the category that was left.
 * Columns that rules compute cost nothing of their own.
 */
export function costOf(
  constraints: Constraints,
  units: readonly Unit[],
  origin: Float32Array,
  row: Float32Array,
): number {
  let cost = 0
  for (const unit of units) {
    if (unit.kind === 'column') {
      const { scale } = constraints.columns[unit.column]!
      cost += Math.abs(row[unit.column]! - origin[unit.column]!) / scale
    } else {
      for (const k of unit.columns) {
        if (origin[k] === 1 && row[k] !== 1) cost += 1 / constraints.columns[k]!.scale
      }
    }
  }
  return cost
}

/** The columns that a rule is about. */
export function columnsOf(rule: Rule): readonly number[] {
  switch (rule.kind) {
    case 'sum':
      return [rule.column, ...rule.terms.map(({ column }) => column)]
    case 'ratio':
      return [rule.column, rule.numerator, rule.denominator]
    case 'product':
      return [rule.column, ...rule.factors]
    case 'at-most':
      return [rule.lesser, rule.greater]
    default:
      return unreachable(rule)
  }
}
