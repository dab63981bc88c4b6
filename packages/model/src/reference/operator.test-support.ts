import type { GraphNode } from '../graph.ts'
import { at, build, pointwise, type Reference } from '../reference-tensor.test-support.ts'

export type Inputs = readonly (Reference | undefined)[]

/** Computes an operator in double precision: one output, or all of them in order. */
export type Run = (node: GraphNode, inputs: Inputs) => Reference | (Reference | undefined)[]

/** A family of reference operators. */
export type Operators = Readonly<Record<string, Run>>

export function first(inputs: Inputs): Reference {
  return given(inputs[0])
}

export function given(value: Reference | undefined): Reference {
  if (value === undefined) throw new Error('an input is missing')
  return value
}

export function each(f: (x: number, node: GraphNode) => number): Run {
  return (node, inputs) => pointwise((x) => f(x, node), [first(inputs)])
}

export function both(f: (a: number, b: number) => number, type?: Reference['type']): Run {
  return (_, [a, b]) => pointwise(f, [given(a), given(b)], type)
}

export function whole(inputs: Inputs, index: number): number[] | undefined {
  const value = inputs[index]
  return value === undefined ? undefined : [...value.data]
}

export function reshaped(x: Reference, shape: readonly number[]): Reference {
  return { ...x, shape }
}

export function transpose(x: Reference, perm: readonly number[]): Reference {
  const shape = perm.map((axis) => x.shape[axis]!)
  return build(
    shape,
    (index) =>
      at(
        x,
        x.shape.map((_, axis) => index[perm.indexOf(axis)]!),
      ),
    x.type,
  )
}
