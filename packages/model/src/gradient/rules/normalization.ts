import { intAttribute, intsAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import {
  type GradientRule,
  type GradientRules,
  input,
  optionalInput,
  type RuleNode,
} from '../rule.ts'
import { batchNormalization } from './batch-normalization.ts'
import { localResponse, lpNormalization } from './local-normalization.ts'
import {
  epsilonOf,
  inverseRoot,
  meanSquare,
  type Normal,
  normal,
  throughMoments,
  throughScale,
} from './moments.ts'

function axesFrom(node: RuleNode, rank: number): number[] {
  const stated = intAttribute(node, 'axis', -1)
  const first = stated < 0 ? stated + rank : stated
  return Array.from({ length: rank - first }, (_, i) => first + i)
}

/** The forward node gives mean and 1 / deviation if it is asked, in single precision. */
function savedNormal(
  g: GradientBuilder,
  node: RuleNode,
  x: Value,
  axes: readonly number[],
): Normal {
  const [mean, r] = [node.extraOutput(1), node.extraOutput(2)]
  return { n: g.emit('Mul', [g.emit('Sub', [x, mean]), r]), r, axes }
}

/**
 * y = n scale + B, with n over the last axes: dn = dy scale, dscale = sum dy n, dB = sum dy. Mean and r, where they are read
 * too, move by 1 / N and by -r^2 n / N.
 */
const layerNormalization: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const scale = input(node, 1)
  const bias = optionalInput(node, 2)
  const shape = g.shape(x)
  const axes = axesFrom(node, shape.length)
  const own =
    g.type(x) === 'float32' ? savedNormal(g, node, x, axes) : normal(g, x, axes, epsilonOf(g, node))
  const [, dMean, dr] = node.outputGradients
  const parts = [throughMoments(g, own, g.emit('Mul', [dy, scale]))]
  if (dMean !== undefined) parts.push(shared(g, node, dMean, x, axes))
  if (dr !== undefined) {
    const slope = g.emit('Neg', [g.emit('Mul', [g.emit('Mul', [own.r, own.r]), own.n])])
    parts.push(shared(g, node, g.emit('Mul', [dr, slope]), x, axes))
  }
  return [
    parts.length === 1 ? parts[0] : g.emit('Sum', parts),
    g.sumToShapeOf(g.emit('Mul', [dy, own.n]), shape, scale),
    bias === undefined ? undefined : g.sumToShapeOf(dy, shape, bias),
  ]
}

/** An equal part of a value for each number along the axes. */
function shared(
  g: GradientBuilder,
  node: RuleNode,
  value: Value,
  x: Value,
  axes: readonly number[],
) {
  const count = axes.reduce((product, axis) => {
    const size = g.shape(x)[axis]
    return typeof size === 'number' ? product * size : node.refuse('it normalises over the batch')
  }, 1)
  return g.expandLike(g.emit('Div', [value, g.scalar(count, x)]), x)
}

/** y = x r scale with r = 1 / sqrt(mean(x^2) + epsilon). */
const rmsNormalization: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const scale = input(node, 1)
  const shape = g.shape(x)
  const axes = axesFrom(node, shape.length)
  const r = inverseRoot(g, meanSquare(g, x, axes), epsilonOf(g, node))
  const own = { n: g.emit('Mul', [x, r]), r, axes }
  return [
    throughScale(g, own, g.emit('Mul', [dy, scale])),
    g.sumToShapeOf(g.emit('Mul', [dy, own.n]), shape, scale),
  ]
}

/**
 * Channels in groups, each normalised per sample: x is seen as [samples, groups, rest]. Scale and B hold a number per
 * channel, or per group in opset 18, so they are seen as [samples, their size, rest].
 */
function grouped(groupsOf: (node: RuleNode, channels: number) => number): GradientRule {
  return (g, node, dy) => {
    const x = input(node, 0)
    const scale = input(node, 1)
    const channels = g.shape(x)[1]
    const parameters = g.shape(scale)[0]
    if (typeof channels !== 'number' || typeof parameters !== 'number') {
      return node.refuse('its number of channels changes with the batch')
    }
    const as = (value: Value, size: number) => g.emit('Reshape', [value, g.ints([0, size, -1])])
    const groups = groupsOf(node, channels)
    const own = normal(g, as(x, groups), [2], epsilonOf(g, node))
    const dyParts = as(dy, parameters)
    const dn = g.emit('Mul', [dyParts, g.emit('Unsqueeze', [scale, g.ints([1])])])
    const sum = (value: Value) => g.emit('ReduceSum', [value, g.ints([0, 2])], { keepdims: 0 })
    return [
      g.reshapeLike(throughMoments(g, own, as(dn, groups)), x),
      sum(g.emit('Mul', [dyParts, as(own.n, parameters)])),
      sum(dyParts),
    ]
  }
}

/** y = (x - mean) / (deviation + 1e-9): as a layer normalisation without parameters; the 1e-9 is nothing to it. */
const meanVariance: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const rank = g.shape(x).length
  const axes = (intsAttribute(node, 'axes') ?? [0, 2, 3]).map((axis) =>
    axis < 0 ? axis + rank : axis,
  )
  return [throughMoments(g, normal(g, x, axes, g.scalar(1e-18, x)), dy)]
}

/** Normalisation layers. */
export const normalizationRules: GradientRules = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  InstanceNormalization: grouped((_, channels) => channels),
  GroupNormalization: grouped((node) => intAttribute(node, 'num_groups', 1)),
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  LRN: localResponse,
}
