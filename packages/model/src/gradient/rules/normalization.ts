import { floatAttribute, intAttribute, intsAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import {
  type GradientRule,
  type GradientRules,
  input,
  optionalInput,
  type RuleNode,
} from '../rule.ts'
import { reduceKept } from './reduction.ts'

/** A normalised tensor and the 1 / deviation that it was scaled by. */
interface Normal {
  readonly n: Value
  readonly r: Value
  readonly axes: readonly number[]
}

/** n = (x - mean) r with r = 1 / sqrt(var + epsilon), over the axes. */
function normal(g: GradientBuilder, x: Value, axes: readonly number[], epsilon: Value): Normal {
  const centred = g.emit('Sub', [x, reduceKept(g, 'ReduceMean', x, axes)])
  const r = inverseRoot(g, meanSquare(g, centred, axes), epsilon)
  return { n: g.emit('Mul', [centred, r]), r, axes }
}

function meanSquare(g: GradientBuilder, x: Value, axes: readonly number[]): Value {
  return reduceKept(g, 'ReduceMean', g.emit('Mul', [x, x]), axes)
}

function inverseRoot(g: GradientBuilder, square: Value, epsilon: Value): Value {
  return g.emit('Reciprocal', [g.emit('Sqrt', [g.emit('Add', [square, epsilon])])])
}

/** dx = r (dn - n mean(dn n)): how the scale moves with x. */
function throughScale(g: GradientBuilder, { n, r, axes }: Normal, dn: Value): Value {
  const along = reduceKept(g, 'ReduceMean', g.emit('Mul', [dn, n]), axes)
  return g.emit('Mul', [r, g.emit('Sub', [dn, g.emit('Mul', [n, along])])])
}

/** dx = r (dn - mean(dn) - n mean(dn n)): how mean and scale move with x (Ioffe and Szegedy 2015, section 3). */
function throughMoments(g: GradientBuilder, normal: Normal, dn: Value): Value {
  const mean = reduceKept(g, 'ReduceMean', dn, normal.axes)
  return throughScale(g, normal, g.emit('Sub', [dn, mean]))
}

function epsilonOf(g: GradientBuilder, node: RuleNode): Value {
  return g.scalar(floatAttribute(node, 'epsilon', 1e-5), input(node, 0))
}

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

/** y = n scale + B, with n over the last axes: dn = dy scale, dscale = sum dy n, dB = sum dy. */
const layerNormalization: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const scale = input(node, 1)
  const bias = optionalInput(node, 2)
  const shape = g.shape(x)
  const axes = axesFrom(node, shape.length)
  const own =
    g.type(x) === 'float32' ? savedNormal(g, node, x, axes) : normal(g, x, axes, epsilonOf(g, node))
  return [
    throughMoments(g, own, g.emit('Mul', [dy, scale])),
    g.sumToShapeOf(g.emit('Mul', [dy, own.n]), shape, scale),
    bias === undefined ? undefined : g.sumToShapeOf(dy, shape, bias),
  ]
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
const batchNormalization: GradientRule = (g, node, dy) => {
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

/** y = (x - mean) / (deviation + 1e-9): as a layer normalisation without parameters; the 1e-9 is nothing to it. */
const meanVariance: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const rank = g.shape(x).length
  const axes = (intsAttribute(node, 'axes') ?? [0, 2, 3]).map((axis) =>
    axis < 0 ? axis + rank : axis,
  )
  return [throughMoments(g, normal(g, x, axes, g.scalar(1e-18, x)), dy)]
}

/** y = x / |x|_p along an axis: dx = (dy - sum(dy y) d|x|_p / dx) / |x|_p, and d|x|_1 = sign(x), d|x|_2 = y. */
const lpNormalization: GradientRule = (g, node, dy) => {
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
const localResponse: GradientRule = (g, node, dy) => {
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
