import {
  chance,
  type Draw,
  dims,
  type Operand,
  one,
  pick,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

/** One to three operands that broadcast to a common shape, which the first one has. */
export const variadic: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4))
  const isBatched = chance(random) && shape.length > 1
  const thin = () =>
    shape
      .map((size, axis) => (random() < 0.3 || (isBatched && axis === 0) ? 1 : size))
      .slice(whole(random, 0, shape.length - 1))
  const others = Array.from({ length: whole(random, 0, 2) }, () => ({ shape: thin() }))
  return { inputs: [{ shape, isBatched }, ...others] }
}

const where: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4))
  const thin = () => shape.map((size) => (random() < 0.3 ? 1 : size))
  const isBatched = chance(random)
  const [a, b, own] = [thin(), thin(), isBatched ? thin().with(0, 1) : thin()]
  const condition: Operand = {
    shape: own.slice(pick(random, [0, own.length - 1])),
    ints: [],
    type: 'bool',
  }
  const size = condition.shape.reduce((product, each) => product * each, 1)
  const drawn = Array.from({ length: size }, () => whole(random, 0, 1))
  const batch = (each: number[]): Operand => ({
    shape: isBatched ? each.with(0, 2) : each,
    isBatched,
  })
  return { inputs: [{ ...condition, ints: drawn }, batch(a), batch(b)] }
}

export const selectionCases: RuleCases = {
  Clip: (random) => {
    const [low, high] = [
      { shape: [], low: -1, high: -0.5 },
      { shape: [], low: 0.5, high: 1 },
    ]
    const x = { shape: dims(random, 3), isBatched: chance(random) }
    // Bounds may cross: then the high one is all that is left.
    if (random() < 0.2) return { inputs: [x, high, low] }
    return { inputs: [x, chance(random) ? low : undefined, chance(random) ? high : undefined] }
  },
  Max: variadic,
  Min: variadic,
  Where: where,
  Dropout: one(),
  Trilu: (random) => {
    const shape = dims(random, whole(random, 2, 4))
    const k: Operand = { shape: [], ints: [whole(random, -3, 3)] }
    return {
      inputs: [
        { shape, isBatched: chance(random) && shape.length > 2 },
        chance(random) ? k : undefined,
      ],
      attributes: { upper: pick(random, [0, 1, undefined]) },
    }
  },
}
