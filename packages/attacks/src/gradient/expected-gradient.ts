import type { Task } from '@merlon/core'
import type { GradientAccess, LossGradient, LossName } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'

/** How an expectation is taken. */
export interface Expectation {
  readonly loss: LossName
  /** Answers that are averaged; a model without randomness needs one. */
  readonly evaluations: number
  readonly task: Task
}

/**
 * Expectation over transformation (Athalye, Carlini and Wagner 2018, section 4.2): gradients, losses and scores of a model
 * that draws anew at each evaluation, averaged.
 */
export async function expectedGradient(
  model: GradientAccess,
  x: Tensor,
  labels: Int32Array,
  { loss, evaluations, task }: Expectation,
): Promise<LossGradient> {
  const first = await model.lossGradient(x, labels, { loss })
  if (evaluations === 1) return first
  const parts = [first.gradient.data, first.losses, first.scores.data] as const
  const sums = parts.map((part) => Float64Array.from(part))
  for (let evaluation = 1; evaluation < evaluations; evaluation++) {
    task.signal.throwIfAborted()
    const { gradient, losses, scores } = await model.lossGradient(x, labels, { loss })
    for (const [part, values] of [gradient.data, losses, scores.data].entries()) {
      const sum = sums[part]!
      for (let k = 0; k < values.length; k++) sum[k] = sum[k]! + values[k]!
    }
  }
  const [gradient, losses, scores] = sums.map((sum) =>
    Float32Array.from(sum, (value) => value / evaluations),
  )
  return {
    gradient: { ...first.gradient, data: gradient! },
    losses: losses!,
    scores: { ...first.scores, data: scores! },
  }
}
