import { assert } from '@merlon/core'
import { row } from './rows.ts'
import type { Tensor } from './tensor.ts'

/** How the size of a change is measured: its largest component, or its Euclidean length. */
export type Norm = 'linf' | 'l2'
export const norms: readonly Norm[] = ['linf', 'l2']

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
  let result = 0
  if (norm === 'linf') {
    for (let k = 0; k < x.length; k++) result = Math.max(result, Math.abs(x[k]! - y[k]!))
    return result
  }
  for (let k = 0; k < x.length; k++) result += (x[k]! - y[k]!) ** 2
  return Math.sqrt(result)
}
