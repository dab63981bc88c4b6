import {
  broadcasting,
  chance,
  type Draw,
  dims,
  one,
  type RuleCases,
  whole,
} from './draw.test-support.ts'
import { variadic } from './selection.test-support.ts'

const anyPow = broadcasting(0.3, 2, -2, 3)

/** A base of either sign has whole exponents only, which stand in the graph, one or many, float or int64. */
const pow: Draw = (random) => {
  if (chance(random)) return anyPow(random)
  const shape = dims(random, whole(random, 1, 3))
  const last = shape.at(-1) ?? 1
  const size = chance(random) ? 1 : last
  const exponents = Array.from({ length: size }, () => whole(random, 0, 4))
  const type = chance(random) ? 'float32' : 'int64'
  return {
    inputs: [
      { shape, isBatched: chance(random) && shape.length > 1 },
      { shape: size === 1 && chance(random) ? [] : [size], ints: exponents, type },
    ],
  }
}

const anyMod = broadcasting(-4, 4, 0.7, 2)

export const elementwiseCases: RuleCases = {
  Add: broadcasting(),
  Sub: broadcasting(),
  Mul: broadcasting(),
  Div: broadcasting(-2, 2, 0.5, 2),
  Pow: pow,
  Mod: (random) => ({ ...anyMod(random), attributes: { fmod: 1 } }),
  Sum: variadic,
  Mean: variadic,
  Neg: one(),
  Identity: one(),
  Exp: one(),
  Log: one(0.5, 3),
  Sqrt: one(0.5, 3),
  Cast: one(-2, 2, () => ({ to: 1 })),
}
