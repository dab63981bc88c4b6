import { EngineError } from '../errors.ts'
import type { LossName } from '../gradient/losses.ts'

/** A loss of one sample's logits z, and its slope along each of them. */
export interface LossOfScores {
  readonly value: number
  readonly slope: Float64Array
}

/** `y` is the label, `t` the target of a targeted loss. */
type ByHand = (z: Float64Array, y: number, t: number) => LossOfScores

/**
 * The losses that the engine derives in graphs, on scores that somebody else answered: the same formulas, with the same names.
 * @throws EngineError UNSUPPORTED_SIGNATURE for too few classes
 */
export function lossOfScores(
  name: LossName,
  scores: ArrayLike<number>,
  y: number,
  t: number,
): LossOfScores {
  const least = classesNeeded[name] ?? 1
  if (scores.length < least) {
    throw new EngineError(
      'UNSUPPORTED_SIGNATURE',
      `the loss '${name}' compares ${least} classes and the model has ${scores.length}; use cross-entropy`,
    )
  }
  return byHand[name](Float64Array.from(scores), y, t)
}

const classesNeeded: Partial<Record<LossName, number>> = {
  margin: 2,
  dlr: 3,
  'targeted-margin': 2,
  'targeted-dlr': 4,
}

const crossEntropy: ByHand = (z, y) => {
  const top = z.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY)
  const powers = z.map((each) => Math.exp(each - top))
  const total = powers.reduce((sum, each) => sum + each, 0)
  const slope = powers.map((each, k) => each / total - Number(k === y))
  return { value: top + Math.log(total) - z[y]!, slope }
}

const margin: ByHand = (z, y) => {
  const rival = ranked(z).find((k) => k !== y) ?? y
  return { value: z[rival]! - z[y]!, slope: difference(z, rival, y) }
}

/** N / D and (N' - (N / D) D') / D. */
function ratio(n: LossOfScores, d: LossOfScores): LossOfScores {
  // As in AutoAttack, so that equal logits do not divide by zero.
  const below = d.value + 1e-12
  const value = n.value / below
  return { value, slope: n.slope.map((each, k) => (each - value * d.slope[k]!) / below) }
}

const byHand: Readonly<Record<LossName, ByHand>> = {
  'cross-entropy': crossEntropy,
  margin,
  dlr(z, y, t) {
    const [first = 0, , third = 0] = ranked(z)
    return ratio(margin(z, y, t), {
      value: z[first]! - z[third]!,
      slope: difference(z, first, third),
    })
  },
  mse(z, y) {
    const miss = z.map((each, k) => each - Number(k === y))
    const value = miss.reduce((sum, each) => sum + each * each, 0) / z.length
    return { value, slope: miss.map((each) => (2 * each) / z.length) }
  },
  logit: (z, y) => ({ value: z[y]!, slope: z.map((_, k) => Number(k === y)) }),
  'targeted-cross-entropy'(z, y, t) {
    const { value, slope } = crossEntropy(z, t, y)
    return { value: -value, slope: slope.map((each) => -each) }
  },
  'targeted-margin': (z, y, t) => ({ value: z[t]! - z[y]!, slope: difference(z, t, y) }),
  'targeted-dlr'(z, y, t) {
    const [first = 0, , third = 0, fourth = 0] = ranked(z)
    const slope = z.map((_, k) => Number(k === first) - (k === third || k === fourth ? 0.5 : 0))
    const value = z[first]! - (z[third]! + z[fourth]!) / 2
    return ratio({ value: z[t]! - z[y]!, slope: difference(z, t, y) }, { value, slope })
  },
}

/** Classes from the largest score on. */
function ranked(z: Float64Array): number[] {
  return Array.from(z, (_, k) => k).sort((a, b) => z[b]! - z[a]!)
}

/** d(z_a - z_b) / dz. */
function difference(z: Float64Array, a: number, b: number): Float64Array {
  return z.map((_, k) => Number(k === a) - Number(k === b))
}
