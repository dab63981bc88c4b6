import { unreachable } from '@merlon/core'
import type { Constraints } from './constraints.ts'

/**
 * The gradient at a row with what computed columns have of it handed on, by the chain rule, to the columns that they are
 * computed from: an adversary moves those alone.
 */
export function pullBack(
  { rules }: Constraints,
  row: Float32Array,
  gradient: Float32Array,
): Float32Array {
  const pulled = gradient.slice()
  const add = (k: number, slope: number) => {
    pulled[k] = pulled[k]! + slope
  }
  // The rules stand in the order of computation, so the last computed column comes first.
  for (const rule of rules.toReversed()) {
    if (rule.kind === 'at-most') continue
    const slope = pulled[rule.column]!
    pulled[rule.column] = 0
    switch (rule.kind) {
      case 'sum':
        for (const { column, factor } of rule.terms) add(column, slope * factor)
        break
      case 'ratio': {
        const below = row[rule.denominator]!
        if (below === 0) break
        add(rule.numerator, slope / below)
        add(rule.denominator, (-slope * row[rule.numerator]!) / below ** 2)
        break
      }
      case 'product':
        for (const [f, factor] of rule.factors.entries()) {
          const others = rule.factors.filter((_, other) => other !== f)
          add(factor, slope * others.reduce((product, k) => product * row[k]!, 1))
        }
        break
      default:
        unreachable(rule)
    }
  }
  return pulled
}
