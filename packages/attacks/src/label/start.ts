import type { Norm } from '@merlon/tensor'
import type { Subject } from '../searches.ts'
import { noiseFor } from '../smooth-noise.ts'
import { cutToRange, distanceOf, towards } from './geometry.ts'

/** Points drawn in one round, and rounds until a search gives up. */
const drawsPerRound = 5
const roundsMax = 20
/** Without a range: the first radius, as a share of the sample's own size, and its growth by round. */
const radiusStart = 0.05
const radiusGrowth = 3
/** A bisection ends where the boundary is known to 1 / 1024 of the way. */
const halvings = 10

/** What a part of a label search gives back: a point, by way of questions. */
export type PointSearch<Point> = Generator<readonly Float32Array[], Point, readonly boolean[]>

/**
 * A point of the boundary from which a search can come nearer: noise that the model errs on, blended with the sample
 * until it nearly does not (the blended-noise start of Brendel et al. 2018). Of a round's draws the nearest is taken.
 */
export function* findStart(subject: Subject, norm: Norm): PointSearch<Float32Array | undefined> {
  const { origin } = subject
  const draw = startsOf(subject)
  for (let round = 0; round < roundsMax; round++) {
    const drawn = Array.from({ length: drawsPerRound }, (_, k) => draw(round, k))
    const fooling = yield drawn
    let nearest: Float32Array | undefined
    for (const [k, point] of drawn.entries()) {
      if (fooling[k] !== true) continue
      let reach = point
      if (nearest !== undefined) {
        // Only what errs nearer than the best so far is worth a bisection.
        const share = distanceOf(nearest, origin, norm) / distanceOf(point, origin, norm)
        if (share >= 1) continue
        reach = towards(origin, point, share, norm)
        const [errs] = yield [reach]
        if (errs !== true) continue
      }
      nearest = yield* bisect(origin, reach, norm)
    }
    if (nearest !== undefined) return nearest
  }
  return undefined
}

/** The nearest point found to err on the way from the sample to `far`, which errs itself. */
export function* bisect(
  origin: Float32Array,
  far: Float32Array,
  norm: Norm,
): PointSearch<Float32Array> {
  let near = far
  let low = 0
  let high = 1
  for (let halving = 0; halving < halvings; halving++) {
    const middle = (low + high) / 2
    const point = towards(origin, far, middle, norm)
    const [errs] = yield [point]
    if (errs === true) {
      near = point
      high = middle
    } else low = middle
  }
  return near
}

/** Draws start points: within a range four kinds in turn, because one kind may all be the sample's own class. */
function startsOf({ origin, shape, range, random }: Subject) {
  const noise = noiseFor(shape, random)
  if (range === null) {
    const size = Math.sqrt(origin.reduce((sum, v) => sum + v * v, 0) / origin.length) || 1
    return (round: number): Float32Array => {
      const radius = size * radiusStart * radiusGrowth ** round
      const values = noise()
      return origin.map((value, k) => value + radius * values[k]!)
    }
  }
  const [low, high] = range
  const level = () => low + (high - low) * random()
  const kinds: readonly (() => Float32Array)[] = [
    () => origin.map(level),
    () => noise().map((value) => (low + high) / 2 + ((high - low) / 2) * value),
    () => origin.map((value) => low + high - value),
    () => origin.slice().fill(level()),
  ]
  return (round: number, k: number): Float32Array => {
    // The first round is even noise alone, which is nearest as a rule.
    const kind = kinds[round === 0 ? 0 : (round * drawsPerRound + k) % kinds.length]!
    return cutToRange(kind(), origin, range)
  }
}
