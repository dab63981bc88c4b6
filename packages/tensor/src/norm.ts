import { assert } from '@merlon/core'
import { row } from './rows.ts'
import type { Tensor } from './tensor.ts'

/**
 * How the size of a change is measured: its largest component, its Euclidean length, the sum of its
 * absolute components, or how many components it touches.
 */
export type Norm = 'linf' | 'l2' | 'l1' | 'l0'
export const norms: readonly Norm[] = ['linf', 'l2', 'l1', 'l0']

/** The largest absolute value; NaN if there is one. */
export function normLinf(x: Float32Array): number {
  let largest = 0
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!))
  return largest
}

/** The Euclidean length, summed in double precision. */
export function normL2(x: Float32Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!
  return Math.sqrt(sum)
}

/** The sum of absolute values, in double precision. */
export function normL1(x: Float32Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]!)
  return sum
}

/** How far sample `i` of `a` is from sample `i` of `b`, in double precision. */
export function distance(a: Tensor, b: Tensor, norm: Norm, i: number): number {
  const x = row(a, i)
  const y = row(b, i)
  assert(x.length === y.length, 'the samples have one size')
  return measures[norm](x, y)
}

const measures: Readonly<Record<Norm, (x: Float32Array, y: Float32Array) => number>> = {
  linf(x, y) {
    let largest = 0
    for (let k = 0; k < x.length; k++) largest = Math.max(largest, Math.abs(x[k]! - y[k]!))
    return largest
  },
  l2(x, y) {
    let sum = 0
    for (let k = 0; k < x.length; k++) sum += (x[k]! - y[k]!) ** 2
    return Math.sqrt(sum)
  },
  l1(x, y) {
    let sum = 0
    for (let k = 0; k < x.length; k++) sum += Math.abs(x[k]! - y[k]!)
    return sum
  },
  l0(x, y) {
    let touched = 0
    for (let k = 0; k < x.length; k++) if (x[k] !== y[k]) touched += 1
    return touched
  },
}
