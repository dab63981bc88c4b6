import { chance, type Draw, dims, ints, pick, type RuleCases, whole } from './draw.test-support.ts'

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
    const target = pick(random, [[-1, b! * c!], [0, -1], [0, 0, -1], [-1]])
    return { inputs: [{ shape: [a!, b!, c!], isBatched: chance(random) }, ints(...target)] }
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
}
