import { floatAttribute, intAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import type { GradientBuilder, Value } from './gradient-builder.ts'
import type { Dimension } from './value-facts.ts'
import { covered, type WindowAxis, windowAxes } from './window.ts'

/** The place of a parameter: the only node that reads it, and as which input. */
export interface ParameterUse {
  readonly node: GraphNode
  readonly index: number
}

/**
 * Emits [n]: the squared norm of each sample's own gradient of a parameter, from dy = d sum(losses) / d y; `undefined`
 * if this use has no formula. The parameter's gradient itself, which sums over samples, is never made.
 */
export function perExampleSquares(
  g: GradientBuilder,
  { node, index }: ParameterUse,
  batch: Dimension,
): ((dy: Value) => Value) | undefined {
  const [y = ''] = node.outputs
  const known = [y, ...node.inputs.slice(0, 1)].every((name) => g.facts.has(name))
  if (node.domain !== '' || !known || g.shape(y)[0] !== batch) return undefined
  const formula = Object.hasOwn(formulas, node.op) ? formulas[node.op] : undefined
  return formula?.(g, node, index, batch)
}

type Formula = (
  g: GradientBuilder,
  node: GraphNode,
  index: number,
  batch: Dimension,
) => ((dy: Value) => Value) | undefined

/** Y = alpha A B' + beta C: dB_i is the product of two rows, so |dB_i| = alpha |a_i| |dy_i| (Goodfellow 2015). */
const gemm: Formula = (g, node, index) => {
  const [a = ''] = node.inputs
  const last = g.shape(node.outputs[0] ?? '').at(-1)
  if (index === 2) {
    const shape = g.shape(node.inputs[2] ?? '')
    if (shape.at(-1) !== last || shape.slice(0, -1).some((size) => size !== 1)) return undefined
    return (dy) => scaled(g, squares(g, dy), floatAttribute(node, 'beta', 1) ** 2, a)
  }
  if (index !== 1 || intAttribute(node, 'transA', 0) === 1) return undefined
  return (dy) => {
    const product = g.emit('Mul', [squares(g, a), squares(g, dy)])
    return scaled(g, product, floatAttribute(node, 'alpha', 1) ** 2, a)
  }
}

/**
 * Y = A B with a row per place p of a sample: dB_i = sum_p a_ip dy_ip^T. Its squared norm is the sum over pairs of
 * places of <a_ip, a_iq> <dy_ip, dy_iq> (Li et al. 2022, "ghost norm"), which is cheaper where places are few.
 */
const matMul: Formula = (g, node, index, batch) => {
  const [a = '', b = ''] = node.inputs
  const shape = g.shape(a)
  const [depth, width] = g.shape(b)
  if (index !== 1 || shape[0] !== batch || g.shape(b).length !== 2 || shape.length < 2) {
    return undefined
  }
  const middle = shape.slice(1, -1).filter((size) => typeof size === 'number')
  if (middle.length !== shape.length - 2) return undefined
  const places = middle.reduce((product, size) => product * size, 1)
  return (dy) => {
    if (shape.length === 2) return g.emit('Mul', [squares(g, a), squares(g, dy)])
    const rows = (value: Value, last: Dimension | undefined) =>
      g.emit('Reshape', [value, g.ints([-1, places, Number(last)])])
    const turned = (value: Value) => g.emit('Transpose', [value], { perm: [0, 2, 1] })
    const [left, right] = [rows(a, depth), rows(dy, width)]
    if (2 * places * places >= Number(depth) * Number(width)) {
      return squares(g, g.emit('MatMul', [turned(left), right]))
    }
    const pairs = g.emit('MatMul', [left, turned(left)])
    return total(g, g.emit('Mul', [pairs, g.emit('MatMul', [right, turned(right)])]))
  }
}

/** A convolution is, for each tap of its kernel, a product over places of what the tap reads and dY. */
const conv: Formula = (g, node, index, batch) => {
  const [x = '', w = ''] = node.inputs
  const places = [...g.shape(x).slice(1), ...g.shape(node.outputs[0] ?? '').slice(1), ...g.shape(w)]
  if (g.shape(x)[0] !== batch || places.some((size) => typeof size === 'string')) return undefined
  const kernel = g.shape(w).slice(2).map(Number)
  const axes = windowAxes(g, node, kernel)
  if (index === 2) {
    const spatial = g.ints(axes.map((_, axis) => axis + 2))
    return (dy) => squares(g, g.emit('ReduceSum', [dy, spatial], { keepdims: 0 }))
  }
  if (index !== 1) return undefined
  return (dy) => {
    const groups = intAttribute(node, 'group', 1)
    const [filters, channels] = [Number(g.shape(w)[0]), Number(g.shape(w)[1])]
    const padded = paddedInput(g, x, axes)
    const grouped = (value: Value, count: number) =>
      g.emit('Reshape', [value, g.ints([0, groups, count, -1])])
    const right = grouped(dy, filters / groups)
    const parts = tapsOf(kernel).map((tap) => {
      const seen = grouped(tapInput(g, padded, axes, tap), channels)
      const turned = g.emit('Transpose', [seen], { perm: [0, 1, 3, 2] })
      return squares(g, g.emit('MatMul', [right, turned]))
    })
    return parts.reduce((sum, part) => g.emit('Add', [sum, part]))
  }
}

/** y = x + b: db_i is dy_i summed over the axes, other than the batch, that b was broadcast along. */
const add: Formula = (g, node, index) => {
  const shape = g.shape(node.outputs[0] ?? '')
  const own = g.shape(node.inputs[index] ?? '')
  const lead = shape.length - own.length
  if (lead === 0 && own[0] !== 1) return undefined
  const axes = shape.flatMap((_, axis) =>
    axis > 0 && (axis < lead || own[axis - lead] === 1) ? [axis] : [],
  )
  return (dy) =>
    squares(g, axes.length === 0 ? dy : g.emit('ReduceSum', [dy, g.ints(axes)], { keepdims: 1 }))
}

const formulas: Readonly<Record<string, Formula>> = {
  Gemm: gemm,
  MatMul: matMul,
  Conv: conv,
  Add: add,
}

/** [n, ...] to [n]: the sum of each sample's squares. */
function squares(g: GradientBuilder, value: Value): Value {
  return total(g, g.emit('Mul', [value, value]))
}

function total(g: GradientBuilder, value: Value): Value {
  const flat = g.emit('Flatten', [value], { axis: 1 })
  return g.emit('ReduceSum', [flat, g.ints([1])], { keepdims: 0 })
}

function scaled(g: GradientBuilder, value: Value, factor: number, like: Value): Value {
  return factor === 1 ? value : g.emit('Mul', [value, g.scalar(factor, like)])
}

function paddedInput(g: GradientBuilder, x: Value, axes: readonly WindowAxis[]): Value {
  const ends = axes.map((axis) => Math.max(0, covered(axis) - axis.padBegin - axis.size))
  const begins = axes.map(({ padBegin }) => padBegin)
  if ([...begins, ...ends].every((pad) => pad === 0)) return x
  return g.emit('Pad', [x, g.ints([0, 0, ...begins, 0, 0, ...ends])])
}

/** What one tap of the kernel reads, window after window. */
function tapInput(
  g: GradientBuilder,
  padded: Value,
  axes: readonly WindowAxis[],
  tap: readonly number[],
): Value {
  const starts = axes.map(({ dilation }, axis) => tap[axis]! * dilation)
  const ends = axes.map(({ outputs, stride }, axis) => starts[axis]! + (outputs - 1) * stride + 1)
  return g.emit('Slice', [
    padded,
    g.ints(starts),
    g.ints(ends),
    g.ints(axes.map((_, axis) => axis + 2)),
    g.ints(axes.map(({ stride }) => stride)),
  ])
}

function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, at) => [...tap, at])),
    [[]],
  )
}
