import { gaussian, type Random } from '@merlon/core'
import { row, rows, type Tensor } from '@merlon/tensor'
import type { GradientAccess, LossGradient, LossOptions, ScoreAccess } from '../access.ts'
import type { GradientNote } from '../gradient/gradient-note.ts'
import { lossOfScores } from './loss-of-scores.ts'

export interface EstimateOptions {
  /**
   * `nes`: directions are drawn from a normal distribution (Wierstra et al. 2014; Ilyas et al. 2018, algorithm 1, antithetic).
   * `spsa`: from {-1, 1} (Spall 1992; Uesato et al. 2018, algorithm 1).
   */
  readonly method: 'nes' | 'spsa'
  /** Directions of each estimate; each costs two queries of each sample. */
  readonly directions: number
  /** How far along a direction the loss is looked at, in input units. */
  readonly delta: number
  /** What the scores are: losses are taken of logits, of which probabilities are the exponentials. */
  readonly scoreKind: 'logits' | 'probabilities'
  readonly random: Random
}

/**
 * Gradients that nobody derived: differences of losses along random directions,
 * g = 1/n sum_i (L(x + delta u_i) - L(x - delta u_i)) / (2 delta) u_i.
 * What it gives is an estimate, which `gradientNotes` say: a figure that rests on it proves less than one with exact gradients.
 */
export function withEstimatedGradient(
  model: ScoreAccess,
  { method, directions, delta, scoreKind, random }: EstimateOptions,
): GradientAccess & { readonly gradientNotes: readonly GradientNote[] } {
  const draw = method === 'nes' ? () => gaussian(random) : () => (random() < 0.5 ? -1 : 1)
  const lossesOf = (scores: Tensor, labels: Int32Array, { loss, targets }: LossOptions) =>
    Float64Array.from(labels, (y, i) => {
      const z = logitsOf(row(scores, i), scoreKind)
      return lossOfScores(loss ?? 'cross-entropy', z, y, targets?.[i] ?? y).value
    })
  return {
    inputShape: model.inputShape,
    classes: model.classes,
    gradientNotes: [{ kind: 'estimated', operator: method.toUpperCase(), nodes: directions }],
    labels: (batch) => model.labels(batch),
    scores: (batch) => model.scores(batch),
    async lossGradient(batch, labels, options = {}): Promise<LossGradient> {
      const scores = await model.scores(batch)
      const gradient = new Float64Array(batch.data.length)
      for (let i = 0; i < directions; i++) {
        const along = Float64Array.from(batch.data, draw)
        const [ahead, behind] = [1, -1].map((sign) => moved(batch, along, sign * delta))
        const up = lossesOf(await model.scores(ahead!), labels, options)
        const down = lossesOf(await model.scores(behind!), labels, options)
        const width = batch.data.length / rows(batch)
        for (let at = 0; at < gradient.length; at++) {
          const sample = Math.floor(at / width)
          const slope = (up[sample]! - down[sample]!) / (2 * delta)
          gradient[at]! += (slope * along[at]!) / directions
        }
      }
      return {
        gradient: { shape: batch.shape, data: Float32Array.from(gradient) },
        losses: Float32Array.from(lossesOf(scores, labels, options)),
        scores,
      }
    },
  }
}

/** Logits of which the scores are probabilities, but for a constant that no loss sees. */
export function logitsOf(
  scores: ArrayLike<number>,
  kind: EstimateOptions['scoreKind'],
): Float64Array {
  if (kind === 'logits') return Float64Array.from(scores)
  return Float64Array.from(scores, (p) => Math.log(Math.max(p, probabilityMin)))
}

/** Below it single precision has no digits left. */
const probabilityMin = 1e-38

function moved({ shape, data }: Tensor, along: Float64Array, by: number): Tensor {
  return { shape, data: data.map((value, at) => value + by * along[at]!) }
}
