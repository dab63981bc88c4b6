import type { GraphNode } from '../../graph.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import type { Dimension } from '../value-facts.ts'

/** A place where a parameter is read: the node, and as which of its inputs. */
export interface ParameterUse {
  readonly node: GraphNode
  readonly index: number
}

/** How the gradients that single samples have of one use of a parameter come from dy = d sum(losses) / d y. */
export interface PerExample {
  /** [n, ...parameter]: each sample's own gradient. */
  readonly each: (dy: Value) => Value
  /** [n]: the squared norms, where they are cheaper without making the gradients. */
  readonly squares?: (dy: Value) => Value
}

/** `undefined` if there is no formula for that use. The node's first output is [n, ...]. */
export type Formula = (
  g: GradientBuilder,
  use: ParameterUse,
  batch: Dimension,
) => PerExample | undefined

/** [n, ...] to [n]: the sum of each sample's squares. */
export function squaresOf(g: GradientBuilder, value: Value): Value {
  return totalOf(g, g.emit('Mul', [value, value]))
}

/** [n, ...] to [n]: the sum of each sample's numbers. */
export function totalOf(g: GradientBuilder, value: Value): Value {
  const flat = g.emit('Flatten', [value], { axis: 1 })
  return g.emit('ReduceSum', [flat, g.ints([1])], { keepdims: 0 })
}

/** Sizes that do not change with the batch, or `undefined` if one does. */
export function fixedSizes(shape: readonly Dimension[]): number[] | undefined {
  const sizes = shape.filter((size) => typeof size === 'number')
  return sizes.length === shape.length ? sizes : undefined
}

/**
 * [n]: squared norms of sum_p a_p d_p^T for a [n, places, depth] and d [n, places, width], by pairs of places:
 * sum_pq <a_p, a_q> <d_p, d_q> (Li et al. 2022, section 4, "ghost clipping").
 */
export function byPairs(g: GradientBuilder, a: Value, d: Value, perm: readonly number[]): Value {
  const turned = (value: Value) => g.emit('Transpose', [value], { perm })
  const pairs = g.emit('MatMul', [a, turned(a)])
  return totalOf(g, g.emit('Mul', [pairs, g.emit('MatMul', [d, turned(d)])]))
}

/** True if pairs of places are fewer than the numbers of the gradient. */
export function isGhostCheaper(places: number, numbers: number): boolean {
  return 2 * places * places < numbers
}
