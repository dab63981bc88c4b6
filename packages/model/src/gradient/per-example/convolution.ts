import { intAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { covered, transposedAxes, type WindowAxis, windowAxes } from '../window.ts'
import {
  byPairs,
  type Formula,
  fixedSizes,
  isGhostCheaper,
  type ParameterUse,
  type PerExample,
} from './formula.ts'

/** A convolution is a product over places of what each window reads of x and dY; db is dY summed over places. */
export const conv: Formula = (g, use, batch) => {
  if (use.index === 2) return spatialSum(g, use)
  const { node, index } = use
  const [x = '', w = ''] = node.inputs
  const kernel = fixedSizes(g.shape(w).slice(2))
  if (index !== 1 || kernel === undefined || !isFixed(g, use, batch)) return undefined
  const axes = windowAxes(g, node, kernel)
  return products(g, use, axes, (dy) => ({ image: x, windows: dy }))
}

/** A transposed convolution is the same with the parts exchanged: windows of dY are met by the places of x. */
export const convTranspose: Formula = (g, use, batch) => {
  if (use.index === 2) return spatialSum(g, use)
  const { node, index } = use
  const [x = '', w = ''] = node.inputs
  const kernel = fixedSizes(g.shape(w).slice(2))
  if (index !== 1 || kernel === undefined || !isFixed(g, use, batch)) return undefined
  const axes = transposedAxes(g, node, kernel)
  return products(g, use, axes, (dy) => ({ image: dy, windows: x }))
}

function isFixed(g: GradientBuilder, { node }: ParameterUse, batch: unknown): boolean {
  const [x = '', w = ''] = node.inputs
  const sizes = [...g.shape(x).slice(1), ...g.shape(node.outputs[0] ?? '').slice(1), ...g.shape(w)]
  return g.shape(x)[0] === batch && fixedSizes(sizes) !== undefined
}

/** [n, channels, ...places] to [n, channels]. */
function spatialSum(g: GradientBuilder, { node }: ParameterUse): PerExample {
  const rank = g.shape(node.outputs[0] ?? '').length
  const places = g.ints(Array.from({ length: rank - 2 }, (_, axis) => axis + 2))
  return { each: (dy) => g.emit('ReduceSum', [dy, places], { keepdims: 0 }) }
}

/** dW_i = windows_i columns_i^T, where a column holds what one window of the image reads. */
function products(
  g: GradientBuilder,
  { node }: ParameterUse,
  axes: readonly WindowAxis[],
  partsOf: (dy: Value) => { readonly image: Value; readonly windows: Value },
): PerExample {
  const [, w = ''] = node.inputs
  const [filters = 0, channels = 0, ...kernel] = g.shape(w).map(Number)
  const groups = intAttribute(node, 'group', 1)
  const taps = tapsOf(kernel)
  const places = axes.reduce((product, { outputs }) => product * outputs, 1)
  const seen = (dy: Value) => {
    const { image, windows } = partsOf(dy)
    const padded = paddedInput(g, image, axes)
    const read = taps.map((tap) => {
      const part = tapInput(g, padded, axes, tap)
      return g.emit('Reshape', [part, g.ints([0, groups, channels, places])])
    })
    const columns = read.length === 1 ? read[0]! : g.emit('Concat', read, { axis: 2 })
    const rows = g.emit('Reshape', [windows, g.ints([0, groups, filters / groups, places])])
    return { columns, rows }
  }
  const turned = (value: Value) => g.emit('Transpose', [value], { perm: [0, 1, 3, 2] })
  const each = (dy: Value) => {
    const { columns, rows } = seen(dy)
    const product = g.emit('MatMul', [rows, turned(columns)])
    const split = g.emit('Reshape', [product, g.ints([-1, filters, taps.length, channels])])
    const ordered = g.emit('Transpose', [split], { perm: [0, 1, 3, 2] })
    return g.emit('Reshape', [ordered, g.ints([-1, filters, channels, ...kernel])])
  }
  if (!isGhostCheaper(places, (filters / groups) * channels * taps.length)) return { each }
  const squares = (dy: Value) => {
    const { columns, rows } = seen(dy)
    return byPairs(g, turned(columns), turned(rows), [0, 1, 3, 2])
  }
  return { each, squares }
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
