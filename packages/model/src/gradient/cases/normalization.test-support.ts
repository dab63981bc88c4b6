import { float } from '../../attributes.ts'
import {
  chance,
  type Draw,
  dims,
  type Operand,
  pick,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

const batchNormalization: Draw = (random) =>
  chance(random) ? inTraining(random) : atInference(random)

/** Running mean and variance have no part in the first output. */
const inTraining: Draw = (random) => {
  const shape = [2, whole(random, 1, 3), ...dims(random, whole(random, 0, 2))]
  const channels = shape[1]!
  const still = (value: number): Operand => ({
    shape: [channels],
    ints: new Array<number>(channels).fill(value),
    type: 'float32',
  })
  const channel = { shape: [channels] }
  return {
    inputs: [{ shape, isBatched: true }, channel, channel, still(0.5), still(2)],
    attributes: { epsilon: float(0.1), momentum: float(0.8), training_mode: 1 },
    outputs: 3,
    isFirstOnly: true,
  }
}

const atInference: Draw = (random) => {
  const shape = [2, whole(random, 1, 3), ...dims(random, whole(random, 0, 2))]
  const channel = { shape: [shape[1]!] }
  return {
    inputs: [
      { shape, isBatched: true },
      channel,
      channel,
      channel,
      { ...channel, low: 0.5, high: 2 },
    ],
    attributes: { epsilon: float(1e-3) },
  }
}

/** Layer and root-mean-square normalisation: a scale, perhaps a bias, over the last axes. */
function overLastAxes(hasBias: boolean, opset: number): Draw {
  return (random) => {
    const shape = [2, ...dims(random, whole(random, 1, 3), 5)]
    const axis = whole(random, 1, shape.length - 1)
    const own = { shape: shape.slice(axis) }
    const bias = hasBias && chance(random) ? [own] : []
    return {
      inputs: [{ shape, isBatched: true }, own, ...bias],
      attributes: {
        axis: pick(random, axis === shape.length - 1 ? [axis - shape.length, undefined] : [axis]),
        epsilon: float(0.05),
      },
      opset,
      // Mean and 1 / deviation may be read too.
      outputs: hasBias ? whole(random, 1, 3) : 1,
    }
  }
}

const instanceNormalization: Draw = (random) => {
  const channels = whole(random, 1, 3)
  return {
    inputs: [
      { shape: [2, channels, ...dims(random, whole(random, 1, 3))], isBatched: true },
      { shape: [channels] },
      { shape: [channels] },
    ],
    attributes: { epsilon: float(0.05) },
  }
}

const groupNormalization: Draw = (random) => {
  const groups = whole(random, 1, 3)
  const channels = groups * whole(random, 1, 3)
  const opset = pick(random, [18, 21])
  const own = { shape: [opset < 21 ? groups : channels] }
  return {
    inputs: [
      { shape: [2, channels, ...dims(random, whole(random, 1, 2))], isBatched: true },
      own,
      own,
    ],
    attributes: { num_groups: groups, epsilon: float(0.05) },
    opset,
  }
}

const meanVariance: Draw = (random) => ({
  inputs: [{ shape: [2, 2, 3, 4], isBatched: true }],
  attributes: { axes: pick(random, [undefined, [2, 3], [0, 2, 3], [1, 2, 3]]) },
})

const lpNormalization: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4))
  const axis = whole(random, -shape.length, shape.length - 1)
  return {
    inputs: [{ shape, low: 0.2, high: 2, isBatched: chance(random) }],
    attributes: { axis, p: pick(random, [1, 2, undefined]) },
  }
}

const localResponse: Draw = (random) => ({
  inputs: [{ shape: [2, whole(random, 1, 6), ...dims(random, 2, 3)], isBatched: true }],
  attributes: {
    size: pick(random, [1, 3, 5]),
    alpha: float(0.1 + random()),
    beta: chance(random) ? float(0.3 + random()) : undefined,
    bias: chance(random) ? float(0.8 + random()) : undefined,
  },
})

export const normalizationCases: RuleCases = {
  BatchNormalization: batchNormalization,
  LayerNormalization: overLastAxes(true, 17),
  RMSNormalization: overLastAxes(false, 23),
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  LRN: localResponse,
}
