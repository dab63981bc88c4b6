import { intAttribute } from '../../attributes.ts'
import { type GradientRule, type GradientRules, input } from '../rule.ts'
import { covered, isTiling, poolKernel, type WindowAxis, windowAxes } from '../window.ts'

/**
 * Each window hands its gradient to the place of its maximum (the first one of a tie, as the runtime names it
 * in Indices); places that several windows chose get the sum.
 */
const maxPool: GradientRule = (g, node, dy) => {
  if (intAttribute(node, 'storage_order', 0) !== 0) node.refuse('it uses column-major indices')
  const x = input(node, 0)
  const all = g.ints([-1])
  const indices = g.emit('Reshape', [node.extraOutput(1), all])
  const flat = g.emit('Reshape', [dy, all])
  const zeros = g.emit('Mul', [g.emit('Reshape', [x, all]), g.scalar(0, x)])
  const reduction = isTiling(windowAxes(g, node, poolKernel(node))) ? undefined : 'add'
  const scattered = g.emit('ScatterElements', [zeros, indices, flat], { axis: 0, reduction })
  return [g.reshapeLike(scattered, x)]
}

/** Each window hands its gradient in equal parts to the places that it averaged. */
const averagePool: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const axes = windowAxes(g, node, poolKernel(node))
  const channels = g.shape(x)[1]
  if (typeof channels !== 'number') node.refuse('its channels change with the batch')
  const countsPads = intAttribute(node, 'count_include_pad', 0) === 1
  const shares = axes
    .map((axis) => windowCounts(axis, countsPads))
    .reduce((all, counts) => all.flatMap((a) => counts.map((b) => a * b)), [1])
    .map((count) => 1 / count)
  const outputs = axes.map((axis) => axis.outputs)
  const share = g.tensor(Float32Array.from(shares), [1, 1, ...outputs], x)
  const kernel = axes.map((axis) => axis.kernel)
  const taps = kernel.reduce((product, size) => product * size, Number(channels))
  const ones = g.tensor(new Float32Array(taps).fill(1), [Number(channels), 1, ...kernel], x)
  const unread = axes.map((axis) => axis.size - (covered(axis) - axis.padBegin))
  return [
    g.emit('ConvTranspose', [g.emit('Mul', [dy, share]), ones], {
      group: Number(channels),
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      pads: [...axes.map(({ padBegin }) => padBegin), ...unread.map((rest) => Math.max(0, -rest))],
      output_padding: unread.map((rest) => Math.max(0, rest)),
    }),
  ]
}

/** How many places each window along one axis averages over. */
function windowCounts(axis: WindowAxis, countsPads: boolean): number[] {
  const { size, outputs, kernel, stride, dilation, padBegin, padEnd } = axis
  const first = countsPads ? -padBegin : 0
  const end = countsPads ? size + padEnd : size
  return Array.from({ length: outputs }, (_, output) => {
    let count = 0
    for (let tap = 0; tap < kernel; tap++) {
      const place = output * stride - padBegin + tap * dilation
      if (place >= first && place < end) count++
    }
    return count
  })
}

/** y = mean over all places: each gets an equal part. */
const globalAveragePool: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const places = g
    .shape(x)
    .slice(2)
    .map((size) =>
      typeof size === 'number' ? size : node.refuse('its spatial size changes with the batch'),
    )
  const count = places.reduce((product, size) => product * size, 1)
  return [g.expandLike(g.emit('Mul', [dy, g.scalar(1 / count, x)]), x)]
}

/** Pools. */
export const poolingRules: GradientRules = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
}
