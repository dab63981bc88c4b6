import type { Random } from '@merlon/core'
import {
  chance,
  type Draw,
  dims,
  ints,
  pick,
  type RuleCase,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

/** `withDilation` from the opset that has it. */
function pool(
  withDilation: boolean,
  extra: (random: Random) => RuleCase['attributes'] = () => ({}),
): Draw {
  return (random) => {
    const rank = pick(random, [1, 2, 2, 3])
    const kernel = Array.from({ length: rank }, () => whole(random, 1, 3))
    const isTiling = chance(random)
    const auto = isTiling
      ? undefined
      : pick(random, [undefined, undefined, 'SAME_UPPER', 'SAME_LOWER', 'VALID'])
    // The runtime refuses automatic pads where a stride skips places.
    const reach = auto?.startsWith('SAME') ? kernel : kernel.map(() => 3)
    const strides = isTiling ? kernel : reach.map((most) => whole(random, 1, most))
    const isDilated = withDilation && !isTiling && auto === undefined && chance(random)
    const dilations = kernel.map(() => (isDilated ? whole(random, 1, 2) : 1))
    const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
    const sizes = kernel.map((size, axis) =>
      isTiling ? size * whole(random, 1, 2) : extent[axis]! + whole(random, 0, 3),
    )
    const pads = [...kernel, ...kernel].map((size) => (isTiling ? 0 : whole(random, 0, size - 1)))
    return {
      inputs: [{ shape: [2, whole(random, 1, 2), ...sizes], isBatched: true }],
      attributes: {
        kernel_shape: kernel,
        strides,
        dilations: isDilated ? dilations : undefined,
        ...(auto === undefined ? { pads, ceil_mode: whole(random, 0, 1) } : { auto_pad: auto }),
        ...extra(random),
      },
      opset: 19,
    }
  }
}

function overPlaces(extra?: (random: Random) => RuleCase['attributes']): Draw {
  return (random) => ({
    inputs: [{ shape: [2, ...dims(random, whole(random, 2, 3))], isBatched: true }],
    ...(extra === undefined ? {} : { attributes: extra(random) ?? {} }),
  })
}

export const poolingCases: RuleCases = {
  MaxPool: pool(true),
  AveragePool: pool(true, (random) => ({ count_include_pad: whole(random, 0, 1) })),
  // The runtime's shape inference counts windows in the end pads of ceil_mode that its operator leaves out.
  LpPool: pool(true, (random) => ({ p: whole(random, 1, 3), ceil_mode: 0 })),
  GlobalAveragePool: overPlaces(),
  GlobalMaxPool: overPlaces(),
  GlobalLpPool: overPlaces((random) => ({ p: whole(random, 1, 3) })),
  MaxUnpool: (random) => {
    const places = whole(random, 1, 4)
    const size = places + 1 + whole(random, 0, 3)
    const spots = Array.from({ length: 2 * size }, (_, i) => i).sort(() => random() - 0.5)
    return {
      inputs: [
        { shape: [1, 2, places] },
        { shape: [1, 2, places], ints: spots.slice(0, 2 * places) },
        ints(1, 2, size),
      ],
      attributes: { kernel_shape: [2] },
    }
  },
}
