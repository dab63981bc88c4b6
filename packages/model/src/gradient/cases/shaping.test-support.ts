import {
  chance,
  type Draw,
  dims,
  ints,
  type Operand,
  pick,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

const concat: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 3))
  const axis = whole(random, 0, shape.length - 1)
  const isBatched = chance(random) && (axis > 0 || chance(random))
  const inputs = Array.from({ length: whole(random, 1, 3) }, () => ({
    shape: shape.with(axis, whole(random, 1, 3)),
    isBatched,
  }))
  return { inputs, attributes: { axis: chance(random) ? axis : axis - shape.length } }
}

const transpose: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4))
  const order = shape.map((_, axis) => axis).sort(() => random() - 0.5)
  const perm = chance(random) ? order : undefined
  return { inputs: [{ shape, isBatched: chance(random) }], attributes: { perm } }
}

const scalarLike: Operand = { shape: [], ints: [1], type: 'float32' }

export const shapingCases: RuleCases = {
  Flatten: (random) => {
    const shape = dims(random, whole(random, 1, 4))
    return {
      inputs: [{ shape, isBatched: chance(random) }],
      attributes: { axis: whole(random, -shape.length, shape.length) },
    }
  },
  Reshape: (random) => {
    const [a, b, c] = dims(random, 3)
    const target = pick(random, [[-1, b! * c!], [0, -1], [0, 0, -1], [-1], [b!, -1, 1]])
    const allowzero = target.includes(0) ? 0 : whole(random, 0, 1)
    const x = { shape: [a!, b!, c!], isBatched: chance(random) }
    return { inputs: [x, ints(...target)], attributes: { allowzero } }
  },
  Squeeze: (random) => ({
    inputs: [
      { shape: [2, 1, 3, 1], isBatched: true },
      pick(random, [ints(1), ints(-1, 1), ints(3)]),
    ],
  }),
  Unsqueeze: (random) => ({
    inputs: [{ shape: [2, 3], isBatched: true }, pick(random, [ints(0), ints(-1, 1), ints(2, 3)])],
  }),
  Transpose: transpose,
  Concat: concat,
  Expand: (random) => {
    const shape = dims(random, whole(random, 1, 3)).map((size) => (chance(random) ? 1 : size))
    const isBatched = chance(random)
    const full = shape.map((size) => (size === 1 ? whole(random, 1, 3) : pick(random, [1, size])))
    const target = [
      ...dims(random, whole(random, 0, 2), 2),
      ...(isBatched ? full.with(0, 1) : full),
    ]
    return {
      inputs: [
        { shape, isBatched },
        { ...ints(...target), isComputed: chance(random) },
      ],
    }
  },
  Tile: (random) => {
    const shape = dims(random, whole(random, 1, 4), 3)
    const repeats = shape.map(() => whole(random, 1, 3))
    return {
      inputs: [
        { shape, isBatched: chance(random) },
        { ...ints(...repeats), isComputed: chance(random) },
      ],
    }
  },
  DepthToSpace: (random) => {
    const blocksize = whole(random, 1, 3)
    const [c, h, w] = dims(random, 3, 3)
    const mode = pick(random, [undefined, 'DCR', 'CRD', 'CRD'])
    const shape = [2, c! * blocksize ** 2, h!, w!]
    return { inputs: [{ shape, isBatched: chance(random) }], attributes: { blocksize, mode } }
  },
  SpaceToDepth: (random) => {
    const blocksize = whole(random, 1, 3)
    const [c, h, w] = dims(random, 3, 3)
    const shape = [2, c!, h! * blocksize, w! * blocksize]
    return { inputs: [{ shape, isBatched: chance(random) }], attributes: { blocksize } }
  },
  CastLike: (random) => ({
    inputs: [{ shape: dims(random, 2), isBatched: chance(random) }, scalarLike],
  }),
}
