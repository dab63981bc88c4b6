import type { Random } from '@merlon/core'
import {
  chance,
  type Draw,
  dims,
  pick,
  type RuleCase,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

function pool(
  withCeil: boolean,
  extra: (random: Random) => RuleCase['attributes'] = () => ({}),
): Draw {
  return (random) => {
    const rank = pick(random, [1, 2, 2, 3])
    const kernel = Array.from({ length: rank }, () => whole(random, 1, 3))
    const isTiling = chance(random)
    const strides = isTiling ? kernel : kernel.map(() => whole(random, 1, 3))
    const sizes = kernel.map((size) =>
      isTiling ? size * whole(random, 1, 2) : size + whole(random, 0, 3),
    )
    const pads = [...kernel, ...kernel].map((size) => (isTiling ? 0 : whole(random, 0, size - 1)))
    return {
      inputs: [{ shape: [2, whole(random, 1, 2), ...sizes], isBatched: true }],
      attributes: {
        kernel_shape: kernel,
        strides,
        pads,
        ceil_mode: withCeil ? whole(random, 0, 1) : 0,
        ...extra(random),
      },
      opset: 19,
    }
  }
}

export const poolingCases: RuleCases = {
  MaxPool: pool(true),
  AveragePool: pool(true, (random) => ({ count_include_pad: whole(random, 0, 1) })),
  GlobalAveragePool: (random) => ({
    inputs: [{ shape: [2, ...dims(random, whole(random, 2, 3))], isBatched: true }],
  }),
}
