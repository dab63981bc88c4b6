import { floatAttribute, intAttribute, intsAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import {
  at,
  build,
  count,
  eachIndex,
  positive,
  type Reference,
  reference,
} from '../reference-tensor.test-support.ts'
import { batchNormalization } from '../reference-windows.test-support.ts'
import { first, given, type Operators, type Run } from './operator.test-support.ts'

interface Moments {
  readonly mean: Reference
  /** Of squares around the mean, divided by the count. */
  readonly variance: Reference
  readonly square: Reference
}

/** Mean, variance and mean square over `axes`, which keep the size 1. */
function moments(x: Reference, axes: readonly number[]): Moments {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const mean = meanOver(x, kept, (value) => value)
  const variance = meanOver(x, kept, (value, index) => (value - at(mean, index)) ** 2)
  return { mean, variance, square: meanOver(x, kept, (value) => value ** 2) }
}

function meanOver(
  x: Reference,
  kept: readonly number[],
  f: (value: number, index: readonly number[]) => number,
): Reference {
  const sum = build(kept, () => 0)
  const size = count(x.shape) / sum.data.length
  eachIndex(x.shape, (index) => {
    const place = kept.reduce((at_, own, axis) => at_ * own + (own === 1 ? 0 : index[axis]!), 0)
    sum.data[place]! += f(at(x, index), index) / size
  })
  return sum
}

const epsilonOf = (node: GraphNode) => floatAttribute(node, 'epsilon', 1e-5)

function axesFrom(node: GraphNode, { shape }: Reference): number[] {
  const start = positive(intAttribute(node, 'axis', -1), shape.length)
  return shape.map((_, axis) => axis).slice(start)
}

const layerNormalization: Run = (node, [input, scale, bias]) => {
  const x = given(input)
  const { mean, variance } = moments(x, axesFrom(node, x))
  const inverse = build(variance.shape, (index) => (at(variance, index) + epsilonOf(node)) ** -0.5)
  const y = build(x.shape, (index) => {
    const normal = (at(x, index) - at(mean, index)) * at(inverse, index)
    return normal * at(given(scale), index) + (bias === undefined ? 0 : at(bias, index))
  })
  return [y, mean, inverse]
}

const rmsNormalization: Run = (node, [input, scale]) => {
  const x = given(input)
  const { square } = moments(x, axesFrom(node, x))
  return build(
    x.shape,
    (index) =>
      (at(x, index) * at(given(scale), index)) / Math.sqrt(at(square, index) + epsilonOf(node)),
  )
}

/** Scale and bias per channel, or per group if they hold as many numbers as there are groups. */
function inGroups(groupsOf: (node: GraphNode, channels: number) => number): Run {
  return (node, [input, scale, bias]) => {
    const x = given(input)
    const [n = 0, channels = 0] = x.shape
    const groups = groupsOf(node, channels)
    const view = reference([n, groups, count(x.shape) / n / groups], x.data)
    const { mean, variance } = moments(view, [2])
    const parameters = given(scale).data.length
    return build(x.shape, (index) => {
      const [sample = 0, channel = 0] = index
      const place = [sample, Math.floor(channel / (channels / groups)), 0]
      const own = Math.floor(channel / (channels / parameters))
      const deviation = Math.sqrt(at(variance, place) + epsilonOf(node))
      const normal = (at(x, index) - at(mean, place)) / deviation
      return normal * given(scale).data[own]! + given(bias).data[own]!
    })
  }
}

const inTraining: Run = (node, [input, scale, bias, oldMean, oldVariance]) => {
  const x = given(input)
  const { mean, variance } = moments(
    x,
    x.shape.map((_, axis) => axis).filter((axis) => axis !== 1),
  )
  const y = build(x.shape, (index) => {
    const channel = index[1]!
    const deviation = Math.sqrt(at(variance, index) + epsilonOf(node))
    const normal = (at(x, index) - at(mean, index)) / deviation
    return normal * given(scale).data[channel]! + given(bias).data[channel]!
  })
  const momentum = floatAttribute(node, 'momentum', 0.9)
  const running = (old: Reference, now: Reference) =>
    build(old.shape, ([channel = 0]) => {
      return momentum * old.data[channel]! + (1 - momentum) * now.data[channel]!
    })
  return [y, running(given(oldMean), mean), running(given(oldVariance), variance)]
}

const meanVariance: Run = (node, inputs) => {
  const x = first(inputs)
  const { mean, variance } = moments(x, intsAttribute(node, 'axes') ?? [0, 2, 3])
  return build(
    x.shape,
    (index) => (at(x, index) - at(mean, index)) / (Math.sqrt(at(variance, index)) + 1e-9),
  )
}

const lpNormalization: Run = (node, inputs) => {
  const x = first(inputs)
  const axis = positive(intAttribute(node, 'axis', -1), x.shape.length)
  const p = intAttribute(node, 'p', 2)
  return build(x.shape, (index) => {
    let sum = 0
    for (let i = 0; i < x.shape[axis]!; i++) sum += Math.abs(at(x, index.with(axis, i))) ** p
    return at(x, index) / sum ** (1 / p)
  })
}

const localResponse: Run = (node, inputs) => {
  const x = first(inputs)
  const size = intAttribute(node, 'size', 1)
  const share = floatAttribute(node, 'alpha', 1e-4) / size
  return build(x.shape, (index) => {
    const channel = index[1]!
    const start = Math.max(0, channel - Math.floor((size - 1) / 2))
    const end = Math.min(x.shape[1]! - 1, channel + Math.ceil((size - 1) / 2))
    let sum = 0
    for (let i = start; i <= end; i++) sum += at(x, index.with(1, i)) ** 2
    const divisor = floatAttribute(node, 'bias', 1) + share * sum
    return at(x, index) / divisor ** floatAttribute(node, 'beta', 0.75)
  })
}

export const normalizationOperators: Operators = {
  BatchNormalization: (node, inputs) =>
    intAttribute(node, 'training_mode', 0) === 1
      ? inTraining(node, inputs)
      : batchNormalization(node, inputs.map(given)),
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  InstanceNormalization: inGroups((_, channels) => channels),
  GroupNormalization: inGroups((node) => intAttribute(node, 'num_groups', 1)),
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  LRN: localResponse,
}
