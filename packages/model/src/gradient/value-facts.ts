import type { ElementType } from '../element-type.ts'

/** A size, or the name of a size that changes with the batch: equal names are equal sizes. */
export type Dimension = number | string
export type Shape = readonly Dimension[]

/** What is known of a value before the graph runs. */
export interface ValueFacts {
  readonly type: ElementType
  readonly shape: Shape
}

export type Facts = ReadonlyMap<string, ValueFacts>

/** The shape of a sum or product of two values (multidirectional broadcasting). */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const one = a[axis - rank + a.length] ?? 1
    const other = b[axis - rank + b.length] ?? 1
    return one === 1 ? other : one
  })
}

/** True if both shapes are the same, whatever the batch. */
export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}
