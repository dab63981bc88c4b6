import { chance, type Draw, pick, type RuleCases, whole } from './draw.test-support.ts'

/** Enough channels for the forms that pay there. */
const wideConv: Draw = (random) => {
  const kernel = [whole(random, 1, 2), whole(random, 1, 3)]
  const dilations = kernel.map(() => whole(random, 1, 2))
  const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
  const channels = whole(random, 15, 17)
  return {
    inputs: [
      {
        shape: [2, channels, ...extent.map((size) => size + whole(random, 0, 2))],
        isBatched: true,
      },
      { shape: [whole(random, 15, 17), channels, ...kernel] },
    ],
    attributes: {
      dilations,
      pads: [...extent, ...extent].map((size) => whole(random, 0, size - 1)),
      kernel_shape: kernel,
    },
  }
}

const conv: Draw = (random) => {
  if (random() < 0.2) return wideConv(random)
  const rank = pick(random, [1, 2, 2, 2, 3])
  const groups = pick(random, [1, 1, 2, 3])
  const kernel = Array.from({ length: rank }, () => whole(random, 1, 3))
  const dilations = kernel.map(() => whole(random, 1, 2))
  const strides = kernel.map(() => whole(random, 1, 3))
  const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
  const sizes = extent.map((size) => size + whole(random, 0, rank === 3 ? 2 : 4))
  const channels = whole(random, 1, 2)
  const filters = groups * whole(random, 1, 2)
  const auto = pick(random, [undefined, undefined, undefined, 'SAME_UPPER', 'SAME_LOWER', 'VALID'])
  const plain = auto?.startsWith('SAME') ? dilations.map(() => 1) : dilations
  const pads = [...extent, ...extent].map((size) => whole(random, 0, Math.min(2, size - 1)))
  return {
    inputs: [
      { shape: [2, groups * channels, ...sizes], isBatched: true },
      { shape: [filters, channels, ...kernel] },
      chance(random) ? { shape: [filters] } : undefined,
    ],
    attributes: {
      group: groups,
      strides,
      dilations: plain,
      kernel_shape: kernel,
      ...(auto === undefined ? { pads } : { auto_pad: auto }),
    },
  }
}

const convTranspose: Draw = (random) => {
  const rank = pick(random, [1, 2, 2, 3])
  const groups = pick(random, [1, 1, 2, 3])
  const kernel = Array.from({ length: rank }, () => whole(random, 1, 3))
  const dilations = kernel.map(() => whole(random, 1, 2))
  const strides = kernel.map(() => whole(random, 1, 3))
  const extra = strides.map((stride) => whole(random, 0, stride - 1))
  const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
  const sizes = kernel.map(() => whole(random, 1, rank === 3 ? 2 : 4))
  const pads = [...extent, ...extent].map((size) => whole(random, 0, Math.floor((size - 1) / 2)))
  const full = sizes.map((size, axis) => (size - 1) * strides[axis]! + extra[axis]! + extent[axis]!)
  const kind = pick(random, ['pads', 'pads', 'shape', 'SAME_UPPER', 'SAME_LOWER', 'VALID'])
  const stated =
    kind === 'pads'
      ? { pads }
      : kind === 'shape'
        ? { output_shape: full.map((size) => Math.max(1, size - whole(random, 0, 2))) }
        : { auto_pad: kind }
  const [channels, filters] = [whole(random, 1, 2), whole(random, 1, 2)]
  return {
    inputs: [
      { shape: [2, groups * channels, ...sizes], isBatched: true },
      { shape: [groups * channels, filters, ...kernel] },
      chance(random) ? { shape: [groups * filters] } : undefined,
    ],
    attributes: {
      group: groups,
      strides,
      dilations,
      output_padding: extra,
      kernel_shape: kernel,
      ...stated,
    },
  }
}

export const convolutionCases: RuleCases = {
  Conv: conv,
  ConvTranspose: convTranspose,
}
