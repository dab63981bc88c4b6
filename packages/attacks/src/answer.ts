import type { LossGradient } from '@merlon/model'
import { row, rows, type Tensor } from '@merlon/tensor'

/** What a model answered on some points: its scores, and how near each is to an error. */
export type Answer = Pick<LossGradient, 'losses' | 'scores'> &
  Partial<Pick<LossGradient, 'gradient'>>

/**
 * The answer of a model that gives scores only. The loss is the margin of Carlini and Wagner (2017, section V):
 * max_{j != y} z_j - z_y, above 0 where the label is lost; NaN where a score is none.
 */
export function marginAnswer(scores: Tensor, labels: ArrayLike<number>): Answer {
  const losses = new Float32Array(rows(scores))
  for (let i = 0; i < losses.length; i++) {
    const values = row(scores, i)
    let rival = Number.NEGATIVE_INFINITY
    for (let k = 0; k < values.length; k++) {
      if (k !== labels[i]) rival = Math.max(rival, values[k]!)
    }
    losses[i] = rival - values[labels[i]!]!
  }
  return { losses, scores }
}
