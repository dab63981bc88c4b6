import { row, rows, type Tensor } from '@merlon/tensor'

const sumTolerance = 1e-3

/** True for numbers that can be probabilities: none below 0, adding up to 1. */
export function isDistribution(scores: ArrayLike<number>): boolean {
  let sum = 0
  for (let k = 0; k < scores.length; k++) {
    if (!(scores[k]! >= 0)) return false
    sum += scores[k]!
  }
  return Math.abs(sum - 1) <= sumTolerance
}

/**
 * How far the label leads the strongest other class, in logits; of probabilities the logarithm is taken, because
 * log p_y - log p_j = z_y - z_j. Below 0 where the label is lost.
 */
export function logMargins(scores: Tensor, labels: ArrayLike<number>): Float64Array {
  const margins = new Float64Array(rows(scores))
  for (let i = 0; i < margins.length; i++) {
    const values = row(scores, i)
    const label = labels[i]!
    const rival = values.reduce(
      (most, value, k) => (k === label ? most : Math.max(most, value)),
      Number.NEGATIVE_INFINITY,
    )
    margins[i] = isDistribution(values)
      ? Math.log(values[label]!) - Math.log(rival)
      : values[label]! - rival
  }
  return margins
}

/**
 * True where a sample's scores show two softmaxes, one after the other: either its loss is the cross-entropy of a softmax
 * taken over what already adds up to 1, or the scores are the softmax of numbers that themselves are probabilities, one
 * of them large.
 */
export function isSecondSoftmax(scores: Float32Array, label: number, loss: number): boolean {
  if (!isDistribution(scores)) return false
  const exponents = scores.reduce((sum, value) => sum + Math.exp(value), 0)
  const second = Math.log(exponents) - scores[label]!
  const first = -Math.log(scores[label]!)
  if (Math.abs(loss - second) < 1e-3 && Math.abs(first - second) > 0.1) return true
  // softmax(p) = s gives p_k = log s_k + c, and the p_k add up to 1.
  const logs = Array.from(scores, Math.log)
  const shift = (1 - logs.reduce((sum, value) => sum + value, 0)) / logs.length
  const inner = logs.map((value) => value + shift)
  return inner.every((p) => p >= -sumTolerance) && Math.max(...inner) > innerMaxMin(scores.length)
}

/** An untrained model answers nearly evenly, and a softmax of even numbers says nothing of how it was made. */
function innerMaxMin(classes: number): number {
  return Math.max(0.5, 2 / classes)
}
