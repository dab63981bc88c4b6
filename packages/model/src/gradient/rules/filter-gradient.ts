import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { covered, type WindowAxis, wholeShape } from '../window.ts'

/** What a form of dW is made from: Y = X * W, and dY. */
interface FilterGradient {
  readonly g: GradientBuilder
  readonly axes: readonly WindowAxis[]
  readonly groups: number
  readonly x: Value
  readonly dy: Value
  /** Filters in one group or all, as W has them. */
  readonly filters: number
  readonly channels: number
  readonly kernel: readonly number[]
}

/** dW of Y = X * W, in the form that is the fastest for its shape: docs/decisions/0016-forms-of-a-convolutions-gradient.md. */
export function filterGradient(
  g: GradientBuilder,
  axes: readonly WindowAxis[],
  groups: number,
  x: Value,
  w: Value,
  dy: Value,
): Value {
  const [filters = 0, channels = 0, ...kernel] = wholeShape(g, w)
  const parts = { g, axes, groups, x, dy, filters, channels, kernel }
  return (forms.find(({ fits }) => fits(parts)) ?? swapped).emit(parts)
}

interface Form {
  readonly fits: (parts: FilterGradient) => boolean
  readonly emit: (parts: FilterGradient) => Value
}

/** Kernels of one place: dW = sum over samples of dY X^T, with a column for each place that is read. */
const single: Form = {
  fits: ({ axes, groups }) => groups === 1 && axes.every(isSinglePlace),
  emit({ g, axes, x, dy, filters, channels, kernel }) {
    const isWhole = axes.every(({ stride }) => stride === 1)
    const seen = isWhole
      ? x
      : tapInput(
          g,
          x,
          axes,
          kernel.map(() => 0),
        )
    const columns = (value: Value, count: number) =>
      g.emit('Reshape', [value, g.ints([-1, count, places(axes)])])
    const turned = g.emit('Transpose', [columns(seen, channels)], { perm: [0, 2, 1] })
    const products = g.emit('MatMul', [columns(dy, filters), turned])
    const sum = g.emit('ReduceSum', [products, g.ints([0])], { keepdims: 0 })
    return g.emit('Reshape', [sum, g.ints([filters, channels, ...kernel])])
  },
}

/** Many channels: for each tap of the kernel the product of dY with what that tap reads, channels first. */
const taps: Form = {
  fits: ({ axes, groups, filters, channels }) =>
    groups === 1 && filters >= 16 && channels >= 16 && axes.every(({ stride }) => stride === 1),
  emit({ g, axes, x, dy, filters, channels, kernel }) {
    const channelsFirst = { perm: [1, 0, ...axes.map((_, axis) => axis + 2)] }
    const images = padded(g, g.emit('Transpose', [x], channelsFirst), axes)
    const slopes = rows(g, g.emit('Transpose', [dy], channelsFirst), filters)
    const products = tapsOf(kernel).map((tap) => {
      const seen = rows(g, tapInput(g, images, axes, tap), channels)
      return g.emit('Gemm', [slopes, seen], { transB: 1 })
    })
    const all = products.length === 1 ? products[0]! : g.emit('Concat', products, { axis: 1 })
    const apart = g.emit('Reshape', [all, g.ints([filters, ...kernel, channels])])
    const perm = [0, kernel.length + 1, ...kernel.map((_, axis) => axis + 1)]
    return g.emit('Transpose', [apart], { perm })
  },
}

/**
 * Every shape: the convolution of X with dY, batch and channels having changed places, so that the sum over
 * the batch is the sum over channels; strides and dilations change places with them.
 */
const swapped: Form = {
  fits: () => true,
  emit({ g, axes, groups, x, dy, filters, channels, kernel }) {
    const spatial = axes.map((_, axis) => axis + 2)
    const swap = [1, 0, ...spatial]
    const xSizes = axes.map(({ size }) => size)
    const dySizes = axes.map(({ outputs }) => outputs)
    const images =
      groups === 1
        ? g.emit('Transpose', [x], { perm: swap })
        : stackGroups(g, x, groups, channels, xSizes)
    const filtersIn =
      groups === 1
        ? g.emit('Transpose', [dy], { perm: swap })
        : splitGroups(g, dy, filters, dySizes)
    const product = g.emit('Conv', [images, filtersIn], {
      group: groups,
      strides: axes.map(({ dilation }) => dilation),
      dilations: axes.map(({ stride }) => stride),
      // Where the last places of X are read by no window, the result is longer than the kernel and cut below.
      pads: [
        ...axes.map(({ padBegin }) => padBegin),
        ...axes.map((axis) => Math.max(0, covered(axis) - axis.padBegin - axis.size)),
      ],
    })
    const starts = kernel.map(() => 0)
    const isExact = axes.every((axis) => covered(axis) - axis.padBegin - axis.size >= 0)
    const cut = isExact
      ? product
      : g.emit('Slice', [product, g.ints(starts), g.ints(kernel), g.ints(spatial)])
    return g.emit('Transpose', [cut], { perm: swap })
  },
}

/** The first form that fits is taken. */
const forms: readonly Form[] = [single, taps, swapped]

function isSinglePlace({ kernel, size, stride, outputs, padBegin }: WindowAxis): boolean {
  return kernel === 1 && padBegin === 0 && (outputs - 1) * stride < size
}

function places(axes: readonly WindowAxis[]): number {
  return axes.reduce((product, { outputs }) => product * outputs, 1)
}

function rows(g: GradientBuilder, value: Value, count: number): Value {
  return g.emit('Reshape', [value, g.ints([count, -1])])
}

function padded(g: GradientBuilder, x: Value, axes: readonly WindowAxis[]): Value {
  const begins = axes.map(({ padBegin }) => padBegin)
  const ends = axes.map((axis) => Math.max(0, covered(axis) - axis.padBegin - axis.size))
  if ([...begins, ...ends].every((pad) => pad === 0)) return x
  return g.emit('Pad', [x, g.ints([0, 0, ...begins, 0, 0, ...ends])])
}

/** What one tap of the kernel reads of a padded image, window after window. */
function tapInput(
  g: GradientBuilder,
  image: Value,
  axes: readonly WindowAxis[],
  tap: readonly number[],
): Value {
  const starts = axes.map(({ dilation }, axis) => tap[axis]! * dilation)
  const ends = axes.map(({ outputs, stride }, axis) => starts[axis]! + (outputs - 1) * stride + 1)
  return g.emit('Slice', [
    image,
    g.ints(starts),
    g.ints(ends),
    g.ints(axes.map((_, axis) => axis + 2)),
    g.ints(axes.map(({ stride }) => stride)),
  ])
}

function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, size) => all.flatMap((tap) => Array.from({ length: size }, (_, at) => [...tap, at])),
    [[]],
  )
}

/** [N, g C, ...] as [C, g N, ...]: the batch of each group side by side. */
function stackGroups(
  g: GradientBuilder,
  x: Value,
  groups: number,
  channels: number,
  sizes: readonly number[],
): Value {
  const split = g.emit('Reshape', [x, g.ints([-1, groups, channels, ...sizes])])
  const perm = [2, 1, 0, ...sizes.map((_, axis) => axis + 3)]
  const turned = g.emit('Transpose', [split], { perm })
  return g.emit('Reshape', [turned, g.ints([channels, -1, ...sizes])])
}

/** [N, g M, ...] as [g M, N, ...]. */
function splitGroups(
  g: GradientBuilder,
  dy: Value,
  filters: number,
  sizes: readonly number[],
): Value {
  const perm = [1, 0, ...sizes.map((_, axis) => axis + 2)]
  const turned = g.emit('Transpose', [dy], { perm })
  return g.emit('Reshape', [turned, g.ints([filters, -1, ...sizes])])
}
