import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { covered, type WindowAxis, wholeShape } from '../window.ts'

/**
 * dX of Y = X * W: the transposed convolution of dY. With stride 1 that is also a plain convolution with the filters
 * turned around, which the runtime runs in its fast layout; `isConvolutionFaster` says when that pays.
 */
export function imageGradient(
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
  const isPlain =
    axes.every(({ stride }) => stride === 1) && [...padsBegin, ...padsEnd].every((pad) => pad >= 0)
  const [filters = 0, channels = 0] = wholeShape(g, w)
  const isFlat = axes.length === 2 && groups === 1
  const padded = (padsBegin[1] ?? 0) + (padsEnd[1] ?? 0)
  const isFast = !isFlat || isConvolutionFaster(filters, channels, axes[1]?.size ?? 1, padded)
  if (isPlain && isFast) {
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

/**
 * Nanoseconds for each place and tap. The convolution pads counts of channels to the runtime's blocks of 16 (images of
 * fewer channels are read as they are), is best with several blocks of results and three times slower at the border. The
 * transposed one multiplies what is there and then adds up, for each channel that comes out. Measured over eighteen
 * shapes: docs/decisions/0016-forms-of-a-convolutions-gradient.md.
 */
function isConvolutionFaster(
  filters: number,
  channels: number,
  places: number,
  padded: number,
): boolean {
  const inBlocks = (count: number) => Math.ceil(count / 16) * 16
  const product = (filters < 16 ? filters : inBlocks(filters)) * inBlocks(channels)
  const border = 1 + 2 * Math.min(1, padded / places)
  const convolution = (channels > 16 ? 0.015 : 0.022) * border * product
  const transposed = channels * (0.65 + 0.022 * filters)
  return convolution <= transposed
}

/** W [gM, C, k...] as [gC, M, k...] with every spatial axis reversed. */
function turnedFilters(g: GradientBuilder, spatial: number, groups: number, w: Value): Value {
  const axes = Array.from({ length: spatial }, (_, axis) => axis + 2)
  const ones = axes.map(() => -1)
  const ends = axes.map(() => -(2 ** 31))
  const reversed = g.emit('Slice', [w, g.ints(ones), g.ints(ends), g.ints(axes), g.ints(ones)])
  const turned = swapWithinGroups(g, groups, reversed, g.shape(w))
  const [filters = 0, channels = 0, ...kernel] = wholeShape(g, w)
  const shape = [channels * groups, filters / groups, ...kernel]
  g.declare(turned, { type: g.type(w), shape })
  return turned
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
