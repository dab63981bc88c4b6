import { intAttribute } from '../../attributes.ts'
import type { Value } from '../gradient-builder.ts'
import { type GradientRule, input } from '../rule.ts'
import { epsilonOf, inverseRoot, normal, throughMoments } from './moments.ts'

/** All axes but that of the channels. */
function acrossChannels(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1)
}

/** In training y = n scale + B with n over all samples and places of a channel. */
const trainingBatchNormalization: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const axes = acrossChannels(g.shape(x).length)
  const own = normal(g, x, axes, epsilonOf(g, node))
  const places = g.ints(Array.from({ length: axes.length - 1 }, (_, i) => i + 1))
  const scale = axes.length === 1 ? input(node, 1) : g.emit('Unsqueeze', [input(node, 1), places])
  const sum = (value: Value) => g.emit('ReduceSum', [value, g.ints(axes)], { keepdims: 0 })
  return [
    throughMoments(g, own, g.emit('Mul', [dy, scale])),
    sum(g.emit('Mul', [dy, own.n])),
    sum(dy),
  ]
}

/**
 * At inference y = scale (x - mean) / sqrt(var + epsilon) + B per channel. With r = 1 / sqrt(var + epsilon)
 * and n = (x - mean) r:
 *   dx = dy scale r, dscale = sum dy n, dB = sum dy, dmean = -scale r sum dy, dvar = -scale r^2 / 2 sum dy n
 */
export const batchNormalization: GradientRule = (g, node, dy) => {
  if (intAttribute(node, 'training_mode', 0) === 1) return trainingBatchNormalization(g, node, dy)
  const x = input(node, 0)
  const scale = input(node, 1)
  const mean = input(node, 3)
  const variance = input(node, 4)
  const rank = g.shape(x).length
  const perChannel = g.ints(Array.from({ length: rank }, (_, axis) => (axis === 1 ? -1 : 1)))
  const otherAxes = g.ints(acrossChannels(rank))
  const spread = (value: Value) => g.emit('Reshape', [value, perChannel])
  const sum = (value: Value) => g.emit('ReduceSum', [value, otherAxes], { keepdims: 0 })
  const r = inverseRoot(g, variance, epsilonOf(g, node))
  const scaleR = g.emit('Mul', [scale, r])
  const n = g.emit('Mul', [g.emit('Sub', [x, spread(mean)]), spread(r)])
  const dScale = sum(g.emit('Mul', [dy, n]))
  const dBias = sum(dy)
  return [
    g.emit('Mul', [dy, spread(scaleR)]),
    dScale,
    dBias,
    g.emit('Neg', [g.emit('Mul', [scaleR, dBias])]),
    g.emit('Mul', [g.emit('Mul', [g.emit('Mul', [scaleR, r]), g.scalar(-0.5, x)]), dScale]),
  ]
}
