import type { GradientAccess, LossGradient } from '@merlon/model'
import { argmaxRows, row, rows, type Tensor, tensor } from '@merlon/tensor'

export interface LinearModel extends GradientAccess {
  /** Samples that the model was run on so far. */
  readonly evaluated: () => number
}

/** logits = W x + b with its cross-entropy gradient W^T (softmax - one hot), by hand. */
export function linearModel(weights: readonly number[][], bias: readonly number[]): LinearModel {
  const features = weights[0]!.length
  let evaluated = 0

  function logits(batch: Tensor): Tensor {
    evaluated += rows(batch)
    const data = new Float32Array(rows(batch) * weights.length)
    for (let i = 0; i < rows(batch); i++) {
      const x = row(batch, i)
      for (const [c, w] of weights.entries()) {
        data[i * weights.length + c] = w.reduce((sum, value, k) => sum + value * x[k]!, bias[c]!)
      }
    }
    return tensor([rows(batch), weights.length], data)
  }

  return {
    inputShape: [features],
    classes: weights.length,
    evaluated: () => evaluated,
    scores: async (batch) => logits(batch),
    labels: async (batch) => argmaxRows(logits(batch)),
    async lossGradient(batch, labels): Promise<LossGradient> {
      const scores = logits(batch)
      const gradient = tensor(batch.shape, new Float32Array(batch.data.length))
      const losses = new Float32Array(rows(batch))
      for (let i = 0; i < rows(batch); i++) {
        const z = row(scores, i)
        const top = z.reduce((a, b) => Math.max(a, b))
        const sum = z.reduce((total, value) => total + Math.exp(value - top), 0)
        losses[i] = top + Math.log(sum) - z[labels[i]!]!
        const slopes = row(gradient, i)
        for (const [c, w] of weights.entries()) {
          const error = Math.exp(z[c]! - top) / sum - (c === labels[i] ? 1 : 0)
          for (const [k, value] of w.entries()) slopes[k] = slopes[k]! + error * value
        }
      }
      return { gradient, losses, scores }
    },
  }
}

/** The same model, with what `change` makes of its answers: a fault to plant. */
export function withGradient(
  model: GradientAccess,
  change: (answer: LossGradient, batch: Tensor) => LossGradient,
): GradientAccess {
  return {
    inputShape: model.inputShape,
    classes: model.classes,
    labels: (batch) => model.labels(batch),
    scores: (batch) => model.scores(batch),
    lossGradient: async (batch, labels) => change(await model.lossGradient(batch, labels), batch),
  }
}
