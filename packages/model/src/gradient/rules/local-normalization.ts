import { floatAttribute, intAttribute } from '../../attributes.ts'
import type { Value } from '../gradient-builder.ts'
import { type GradientRule, input } from '../rule.ts'
import { reduceKept } from './reduction.ts'

/** y = x / |x|_p along an axis: dx = (dy - sum(dy y) d|x|_p / dx) / |x|_p, and d|x|_1 = sign(x), d|x|_2 = y. */
export const lpNormalization: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const axes = [intAttribute(node, 'axis', -1)]
  const isFirst = intAttribute(node, 'p', 2) === 1
  const length = reduceKept(g, isFirst ? 'ReduceL1' : 'ReduceL2', x, axes)
  const slope = isFirst ? g.emit('Sign', [x]) : node.y
  const along = reduceKept(g, 'ReduceSum', g.emit('Mul', [dy, node.y]), axes)
  const across = g.emit('Sub', [dy, g.emit('Mul', [along, slope])])
  const zero = g.scalar(0, x)
  const isNull = g.emit('Equal', [length, zero])
  return [g.emit('Where', [isNull, zero, g.emit('Div', [across, length])])]
}

/**
 * y = x d^-beta with d = bias + alpha / size s, where s sums x^2 over a window of channels:
 *   dx = dy d^-beta - 2 alpha beta / size x (sum of dy y / d over the turned window)
 */
export const localResponse: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const channels = g.shape(x)[1]
  if (typeof channels !== 'number') return node.refuse('its number of channels changes')
  const size = intAttribute(node, 'size', 1)
  const alpha = floatAttribute(node, 'alpha', 1e-4)
  const beta = floatAttribute(node, 'beta', 0.75)
  const before = Math.floor((size - 1) / 2)
  // A pool of one image per sample, whose rows are the channels: its mean counts what lies outside as 0.
  const windowMean = (value: Value, top: number) => {
    const image = g.emit('Reshape', [value, g.ints([0, 1, channels, -1])])
    const pads = [top, 0, size - 1 - top, 0]
    const window = { kernel_shape: [size, 1], pads, count_include_pad: 1 }
    return g.reshapeLike(g.emit('AveragePool', [image], window), x)
  }
  const times = (a: Value, b: Value) => g.emit('Mul', [a, b])
  const mean = windowMean(times(x, x), before)
  const bias = g.scalar(floatAttribute(node, 'bias', 1), x)
  const d = g.emit('Add', [bias, times(mean, g.scalar(alpha, x))])
  const own = times(dy, g.emit('Pow', [d, g.scalar(-beta, x)]))
  const shared = windowMean(g.emit('Div', [times(dy, node.y), d]), size - 1 - before)
  return [g.emit('Sub', [own, times(times(x, shared), g.scalar(2 * alpha * beta, x))])]
}
