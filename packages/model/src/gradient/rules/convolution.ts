import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, optionalInput } from '../rule.ts'
import { covered, groupsOf, transposedAxes, type WindowAxis, windowAxes } from '../window.ts'

/** Y = X * W + B over any number of spatial axes, with groups, strides, dilations and pads. */
const conv: GradientRule = (g, node, dy) => {
  const w = input(node, 1)
  const b = optionalInput(node, 2)
  const [filters, , ...kernel] = wholeShape(g, w)
  if (filters === undefined) node.refuse('its weights have no fixed shape')
  const axes = windowAxes(g, node, kernel)
  const groups = groupsOf(node)
  const channelAxes = [0, ...axes.map((_, axis) => axis + 2)]
  return [
    inputGradient(g, axes, groups, w, dy),
    weightGradient(g, axes, groups, input(node, 0), w, dy),
    // dB = sum of dY over the batch and all places
    b === undefined ? undefined : g.emit('ReduceSum', [dy, g.ints(channelAxes)], { keepdims: 0 }),
  ]
}

/**
 * dX: the transposed convolution of dY. With stride 1 that is a plain convolution with the filters turned around,
 * which the runtime turns in advance and runs in its fast layout; not so for filters that are learnt.
 */
function inputGradient(
  g: GradientBuilder,
  axes: readonly WindowAxis[],
  groups: number,
  w: Value,
  dy: Value,
): Value {
  const padsBegin = axes.map(({ kernel, dilation, padBegin }) => (kernel - 1) * dilation - padBegin)
  const padsEnd = axes.map(
    ({ size, outputs }, axis) =>
      size - outputs + (axes[axis]!.kernel - 1) * axes[axis]!.dilation - padsBegin[axis]!,
  )
  const isPlain = !g.isLearnt(w) && axes.every(({ stride }) => stride === 1)
  if (isPlain && [...padsBegin, ...padsEnd].every((pad) => pad >= 0)) {
    return g.emit('Conv', [dy, turnedFilters(g, axes.length, groups, w)], {
      group: groups,
      dilations: axes.map(({ dilation }) => dilation),
      pads: [...padsBegin, ...padsEnd],
    })
  }
  const unread = axes.map((axis) => axis.size - (covered(axis) - axis.padBegin))
  return g.emit('ConvTranspose', [dy, w], {
    group: groups,
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ padBegin }) => padBegin), ...unread.map((rest) => Math.max(0, -rest))],
    output_padding: unread.map((rest) => Math.max(0, rest)),
  })
}

/** W [gM, C, k...] as [gC, M, k...] with every spatial axis reversed. */
function turnedFilters(g: GradientBuilder, spatial: number, groups: number, w: Value): Value {
  const axes = Array.from({ length: spatial }, (_, axis) => axis + 2)
  const ones = axes.map(() => -1)
  const ends = axes.map(() => -(2 ** 31))
  const reversed = g.emit('Slice', [w, g.ints(ones), g.ints(ends), g.ints(axes), g.ints(ones)])
  return swapWithinGroups(g, groups, reversed, g.shape(w))
}

/**
 * dW: the convolution of X with dY, batch and channels having changed places, so that the sum over
 * the batch is the sum over channels; strides and dilations change places with them.
 */
function weightGradient(
  g: GradientBuilder,
  axes: readonly WindowAxis[],
  groups: number,
  x: Value,
  w: Value,
  dy: Value,
): Value {
  const [filters = 0, channels = 0, ...kernel] = wholeShape(g, w)
  const spatial = axes.map((_, axis) => axis + 2)
  const swap = [1, 0, ...spatial]
  const xSizes = axes.map(({ size }) => size)
  const dySizes = axes.map(({ outputs }) => outputs)
  const images =
    groups === 1
      ? g.emit('Transpose', [x], { perm: swap })
      : stackGroups(g, x, groups, channels, xSizes)
  const filtersIn =
    groups === 1 ? g.emit('Transpose', [dy], { perm: swap }) : splitGroups(g, dy, filters, dySizes)
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

/** [g M, C, k...] as [g C, M, k...]. */
function swapWithinGroups(
  g: GradientBuilder,
  groups: number,
  value: Value,
  shape: readonly (number | string)[],
): Value {
  const spatial = shape.slice(2).filter((size) => typeof size === 'number')
  const swap = [1, 0, ...spatial.map((_, axis) => axis + 2)]
  if (groups === 1) return g.emit('Transpose', [value], { perm: swap })
  const filters = Number(shape[0]) / groups
  const channels = Number(shape[1])
  const split = g.emit('Reshape', [value, g.ints([groups, filters, channels, ...spatial])])
  const perm = [0, 2, 1, ...spatial.map((_, axis) => axis + 3)]
  const turned = g.emit('Transpose', [split], { perm })
  return g.emit('Reshape', [turned, g.ints([groups * channels, filters, ...spatial])])
}

function wholeShape(g: GradientBuilder, value: Value): number[] {
  return g.shape(value).filter((size) => typeof size === 'number')
}

/**
 * Y = the transpose of a convolution, with the same filters [C, M/g, k...], of an image of Y's size to X: so dX is that
 * convolution of dY, and dW is its dW with image and result having changed places.
 */
const convTranspose: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const w = input(node, 1)
  const b = optionalInput(node, 2)
  const axes = transposedAxes(g, node, wholeShape(g, w).slice(2))
  const groups = groupsOf(node)
  const spatial = axes.map((_, axis) => axis + 2)
  return [
    g.emit('Conv', [dy, w], {
      group: groups,
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      pads: [
        ...axes.map(({ padBegin }) => padBegin),
        ...axes.map((axis) => Math.max(0, covered(axis) - axis.padBegin - axis.size)),
      ],
    }),
    weightGradient(g, axes, groups, dy, w, x),
    b === undefined
      ? undefined
      : g.emit('ReduceSum', [dy, g.ints([0, ...spatial])], { keepdims: 0 }),
  ]
}

/** Convolutions. */
export const convolutionRules: GradientRules = {
  Conv: conv,
  ConvTranspose: convTranspose,
}
