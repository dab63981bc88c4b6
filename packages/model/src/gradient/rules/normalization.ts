import { floatAttribute, intAttribute } from '../../attributes.ts'
import { type GradientRule, type GradientRules, input } from '../rule.ts'

/**
 * At inference y = scale (x - mean) / sqrt(var + epsilon) + B per channel. With r = 1 / sqrt(var + epsilon)
 * and n = (x - mean) r:
 *   dx = dy scale r, dscale = sum dy n, dB = sum dy, dmean = -scale r sum dy, dvar = -scale r^2 / 2 sum dy n
 */
const batchNormalization: GradientRule = (g, node, dy) => {
  if (intAttribute(node, 'training_mode', 0) === 1) {
    node.refuse('it is in training mode, where samples mix; export the model in inference mode')
  }
  const x = input(node, 0)
  const scale = input(node, 1)
  const mean = input(node, 3)
  const variance = input(node, 4)
  const rank = g.shape(x).length
  const perChannel = g.ints(Array.from({ length: rank }, (_, axis) => (axis === 1 ? -1 : 1)))
  const otherAxes = g.ints(
    Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1),
  )
  const spread = (value: string) => g.emit('Reshape', [value, perChannel])
  const sum = (value: string) => g.emit('ReduceSum', [value, otherAxes], { keepdims: 0 })
  const epsilon = g.scalar(floatAttribute(node, 'epsilon', 1e-5), x)
  const r = g.emit('Reciprocal', [g.emit('Sqrt', [g.emit('Add', [variance, epsilon])])])
  const scaleR = g.emit('Mul', [scale, r])
  const normal = g.emit('Mul', [g.emit('Sub', [x, spread(mean)]), spread(r)])
  const dScale = sum(g.emit('Mul', [dy, normal]))
  const dBias = sum(dy)
  return [
    g.emit('Mul', [dy, spread(scaleR)]),
    dScale,
    dBias,
    g.emit('Neg', [g.emit('Mul', [scaleR, dBias])]),
    g.emit('Mul', [g.emit('Mul', [g.emit('Mul', [scaleR, r]), g.scalar(-0.5, x)]), dScale]),
  ]
}

/** Normalisation layers. */
export const normalizationRules: GradientRules = {
  BatchNormalization: batchNormalization,
}
