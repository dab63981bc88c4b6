import { distance, normLinf, row, rows, type Tensor } from '@merlon/tensor'
import type { Answer } from './answer.ts'
import type { Ball } from './attack.ts'
import type { AttackEvidence } from './evidence.ts'

/** Watches an attack at work, so that its failure can be told from a model's strength. */
export interface Watch {
  /** Looks at what the model answered for the samples at `indices`, and counts the queries. */
  readonly look: (indices: ArrayLike<number>, answer: Answer) => void
  /** Counts evaluations of which there is nothing to look at, such as the rest of a Jacobian. */
  readonly spend: (evaluations: number) => void
  /** Counts what a step moved and what the range then cut off. */
  readonly moved: (components: number, clipped: number) => void
  readonly queries: () => number
  readonly evidence: (result: Tensor, isFooled: readonly boolean[]) => AttackEvidence
}

/** Starts watching an attack on `batch`. */
export function watchAttack(batch: Tensor, ball: Ball): Watch {
  const count = rows(batch)
  const isSeen = new Uint8Array(count)
  const hasSlope = new Uint8Array(count)
  const isFlat = new Uint8Array(count)
  const isNotFinite = new Uint8Array(count)
  const neverRose = new Uint8Array(count)
  const firstLoss = new Float64Array(count)
  let queries = 0
  let componentsMoved = 0
  let componentsClipped = 0

  return {
    look(indices, { losses, gradient, slopes }) {
      queries += indices.length
      for (let k = 0; k < indices.length; k++) {
        const i = indices[k]!
        const slope =
          slopes?.[k] ?? (gradient === undefined ? undefined : normLinf(row(gradient, k)))
        // Without gradients there is none to vanish.
        if (!(Number.isFinite(losses[k]) && Number.isFinite(slope ?? 0))) isNotFinite[i] = 1
        if (slope !== undefined && hasSlope[i] === 0) {
          hasSlope[i] = 1
          isFlat[i] = slope === 0 ? 1 : 0
        }
        if (isSeen[i] === 0) {
          isSeen[i] = 1
          neverRose[i] = 1
          firstLoss[i] = losses[k]!
        } else if (losses[k]! > firstLoss[i]!) neverRose[i] = 0
      }
    },
    spend(evaluations) {
      queries += evaluations
    },
    moved(components, clipped) {
      componentsMoved += components
      componentsClipped += clipped
    },
    queries: () => queries,
    evidence(result, isFooled) {
      const standing = (flags: Uint8Array) =>
        total(flags.map((flag, i) => (isFooled[i] ? 0 : flag)))
      return {
        samples: count,
        zeroGradients: total(isFlat),
        zeroGradientsStanding: standing(isFlat),
        notFinite: total(isNotFinite),
        lossNeverRose: standing(neverRose),
        outsideRange: countOutside(batch, ball),
        componentsMoved,
        componentsClipped,
        distanceMax: farthest(result, batch, ball),
      }
    },
  }
}

function total(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0)
}

function farthest(result: Tensor, batch: Tensor, { norm }: Ball): number {
  let far = 0
  for (let i = 0; i < rows(batch); i++) far = Math.max(far, distance(result, batch, norm, i))
  return far
}

function countOutside(batch: Tensor, { range }: Ball): number {
  if (range === null) return 0
  const [low, high] = range
  let outside = 0
  for (let i = 0; i < rows(batch); i++) {
    if (!row(batch, i).every((value) => value >= low && value <= high)) outside += 1
  }
  return outside
}
