import { intAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, type RuleNode } from '../rule.ts'
import { covered, isTiling, poolKernel, type WindowAxis, windowAxes } from '../window.ts'
import { toFirstMaxima } from './first-maximum.ts'

/**
 * Each window hands its gradient to the place of its maximum, the first one of a tie; places that several windows chose
 * get the sum.
 */
const maxPool: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const axes = windowAxes(g, node, poolKernel(node))
  const isTiled = isTiling(axes)
  const storesRows = intAttribute(node, 'storage_order', 0) === 0
  if (isTiled && storesRows && axes.length === 2 && g.type(x) === 'float32') {
    return [toFirstMaxima(g, x, node.y, axes, dy)]
  }
  if (!storesRows) node.refuse('it uses column-major indices')
  const all = g.ints([-1])
  const indices = g.emit('Reshape', [node.extraOutput(1), all])
  const flat = g.emit('Reshape', [dy, all])
  const zeros = g.emit('Mul', [g.emit('Reshape', [x, all]), g.scalar(0, x)])
  const reduction = isTiled ? undefined : 'add'
  const scattered = g.emit('ScatterElements', [zeros, indices, flat], { axis: 0, reduction })
  return [g.reshapeLike(scattered, x)]
}

/** Each window hands its gradient in equal parts to the places that it averaged. */
const averagePool: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const axes = windowAxes(g, node, poolKernel(node))
  const countsPads = intAttribute(node, 'count_include_pad', 0) === 1
  const shares = axes
    .map((axis) => windowCounts(axis, countsPads))
    .reduce((all, counts) => all.flatMap((a) => counts.map((b) => a * b)), [1])
    .map((count) => 1 / count)
  const outputs = axes.map((axis) => axis.outputs)
  const share = g.tensor(Float32Array.from(shares), [1, 1, ...outputs], x)
  return [spread(g, node, axes, g.emit('Mul', [dy, share]))]
}

/** Gives every place the sum over the windows that read it: the transpose of summing over windows. */
function spread(g: GradientBuilder, node: RuleNode, axes: readonly WindowAxis[], windows: Value) {
  const x = input(node, 0)
  const channels = g.shape(x)[1]
  if (typeof channels !== 'number') return node.refuse('its channels change with the batch')
  const kernel = axes.map((axis) => axis.kernel)
  const taps = kernel.reduce((product, size) => product * size, channels)
  const ones = g.tensor(new Float32Array(taps).fill(1), [channels, 1, ...kernel], x)
  const unread = axes.map((axis) => axis.size - (covered(axis) - axis.padBegin))
  return g.emit('ConvTranspose', [windows, ones], {
    group: channels,
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ padBegin }) => padBegin), ...unread.map((rest) => Math.max(0, -rest))],
    output_padding: unread.map((rest) => Math.max(0, rest)),
  })
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
  const count = places(g, node, x).reduce((product, size) => product * size, 1)
  return [g.expandLike(g.emit('Mul', [dy, g.scalar(1 / count, x)]), x)]
}

function places(g: GradientBuilder, node: RuleNode, x: Value): number[] {
  return g
    .shape(x)
    .slice(2)
    .map((size) =>
      typeof size === 'number' ? size : node.refuse('its spatial size changes with the batch'),
    )
}

/** The maximum over all places is a pool with one window; the first of equal maxima gets the gradient. */
const globalMaxPool: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const all = g.ints([-1])
  const [, indices = ''] = g.emitMany('MaxPool', [x], 2, { kernel_shape: places(g, node, x) })
  const zeros = g.emit('Mul', [g.emit('Reshape', [x, all]), g.scalar(0, x)])
  const chosen = [g.emit('Reshape', [indices, all]), g.emit('Reshape', [dy, all])]
  return [g.reshapeLike(g.emit('ScatterElements', [zeros, ...chosen], { axis: 0 }), x)]
}

/** y = (sum |x|^p)^(1/p) per window: dx = |x|^(p-1) sign(x) times the sum over windows of dy y^(1-p). */
const lpPool: GradientRule = (g, node, dy) => {
  const axes = windowAxes(g, node, poolKernel(node))
  const sums = spread(g, node, axes, perNorm(g, node, dy))
  return [g.emit('Mul', [sums, signedPower(g, node)])]
}

/** The same with one window over all places. */
const globalLpPool: GradientRule = (g, node, dy) => [
  g.emit('Mul', [perNorm(g, node, dy), signedPower(g, node)]),
]

/** dy y^(1-p); a window of zeros is a kink and gets 0. */
function perNorm(g: GradientBuilder, node: RuleNode, dy: Value): Value {
  const zero = g.scalar(0, node.y)
  const isZero = g.emit('Equal', [node.y, zero])
  const norm = g.emit('Where', [isZero, g.scalar(1, node.y), node.y])
  const power = g.emit('Pow', [norm, g.scalar(1 - normOf(node), node.y)])
  return g.emit('Where', [isZero, zero, g.emit('Mul', [dy, power])])
}

/** |x|^(p-1) sign(x). */
function signedPower(g: GradientBuilder, node: RuleNode): Value {
  const x = input(node, 0)
  const p = normOf(node)
  if (p === 2) return x
  if (p === 1) return g.emit('Sign', [x])
  const power = g.emit('Pow', [g.emit('Abs', [x]), g.scalar(p - 1, x)])
  return g.emit('Mul', [power, g.emit('Sign', [x])])
}

function normOf(node: RuleNode): number {
  const p = intAttribute(node, 'p', 2)
  return p >= 1 ? p : node.refuse(`its norm ${p} is none`)
}

/** Y holds each x at the place that its index names: it gets back what lies there. */
const maxUnpool: GradientRule = (g, node, dy) => {
  const all = g.ints([-1])
  const indices = g.emit('Reshape', [input(node, 1), all])
  const gathered = g.emit('Gather', [g.emit('Reshape', [dy, all]), indices], { axis: 0 })
  return [g.reshapeLike(gathered, input(node, 0))]
}

/** Pools. */
export const poolingRules: GradientRules = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  LpPool: lpPool,
  GlobalLpPool: globalLpPool,
  MaxUnpool: maxUnpool,
}
