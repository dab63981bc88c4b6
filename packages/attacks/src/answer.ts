import type { LossGradient, SignAscent } from '@merlon/model'
import { row, rows, type Tensor } from '@merlon/tensor'

/** What a model answered on some points: its scores, and how near each is to an error. */
export type Answer = Pick<LossGradient, 'losses' | 'scores'> &
  Partial<Pick<LossGradient, 'gradient'> & Pick<SignAscent, 'slopes'>>

/**
 * The answer of a model that gives scores only. The loss is the margin of Carlini and Wagner (2017, section V):
 * max_{j != y} z_j - z_y, above 0 where the label is lost; NaN where a score is none. Probabilities are compared by
 * their logarithms, which tell points apart where the model is sure of itself.
 */
export function marginAnswer(scores: Tensor, labels: ArrayLike<number>): Answer {
  const count = rows(scores)
  const classes = count === 0 ? 0 : scores.data.length / count
  const losses = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    const start = i * classes
    let rival = Number.NEGATIVE_INFINITY
    let sum = 0
    let least = 0
    for (let k = 0; k < classes; k++) {
      const value = scores.data[start + k]!
      sum += value
      least = Math.min(least, value)
      if (k !== labels[i]) rival = Math.max(rival, value)
    }
    const own = scores.data[start + labels[i]!]!
    const areProbabilities = least >= 0 && Math.abs(sum - 1) < 1e-4
    losses[i] = areProbabilities ? logOf(rival) - logOf(own) : rival - own
  }
  return { losses, scores }
}

/** The natural logarithm, of at least the smallest float32 above 0. */
function logOf(probability: number): number {
  return Math.log(Math.max(probability, 2 ** -149))
}

/** The classes but for the label's own, row by row from the most likely on; `count` of them. */
export function likeliestOthers(
  scores: Tensor,
  labels: ArrayLike<number>,
  count: number,
): Int32Array[] {
  return Array.from({ length: rows(scores) }, (_, i) => {
    const values = row(scores, i)
    const others = Int32Array.from(values, (__, k) => k).filter((k) => k !== labels[i])
    return others.sort((a, b) => values[b]! - values[a]! || a - b).subarray(0, count)
  })
}
