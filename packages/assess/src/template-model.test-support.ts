import type { GradientAccess } from '@merlon/attacks'
import type { Dataset } from '@merlon/dataset'
import { argmaxRows, gather, row, rows, slice, type Tensor, tensor } from '@merlon/tensor'

/** Answers the nearest template: logit_c = t_c x - |t_c|^2 / 2, with its cross-entropy gradient. */
export function templateModel(
  templates: readonly (readonly number[])[],
  inputShape: readonly number[],
): GradientAccess {
  const dot = (a: readonly number[], b: ArrayLike<number>) =>
    a.reduce((sum, value, k) => sum + value * b[k]!, 0)
  const scores = (batch: Tensor) => {
    const logits = Array.from({ length: rows(batch) }, (_, i) =>
      templates.map((t) => dot(t, row(batch, i)) - dot(t, t) / 2),
    )
    return tensor([rows(batch), templates.length], Float32Array.from(logits.flat()))
  }
  return {
    inputShape,
    classes: templates.length,
    scores: async (batch) => scores(batch),
    labels: async (batch) => argmaxRows(scores(batch)),
    async lossGradient(batch, labels) {
      const logits = scores(batch)
      const gradient = tensor(batch.shape, new Float32Array(batch.data.length))
      const losses = new Float32Array(rows(batch))
      for (let i = 0; i < rows(batch); i++) {
        const z = row(logits, i)
        const top = Math.max(...z)
        const sum = z.reduce((total, value) => total + Math.exp(value - top), 0)
        losses[i] = top + Math.log(sum) - z[labels[i]!]!
        const slopes = row(gradient, i)
        for (const [c, t] of templates.entries()) {
          const error = Math.exp(z[c]! - top) / sum - (c === labels[i] ? 1 : 0)
          for (const [k, value] of t.entries()) slopes[k] = slopes[k]! + error * value
        }
      }
      return { gradient, losses, scores: logits }
    },
  }
}

/** Samples in memory, as a data set. */
export function samplesInMemory(
  inputs: Tensor,
  labels: readonly number[],
  classes: number,
  range: readonly [0, 1] | null,
): Dataset {
  return {
    name: 'memory',
    kind: inputs.shape.length === 4 ? 'idx' : 'csv',
    count: rows(inputs),
    sampleShape: inputs.shape.slice(1),
    classes,
    labelNames: Array.from({ length: classes }, (_, label) => String(label)),
    featureNames: [],
    range,
    inputs: [{ path: 'memory', sha256: '0'.repeat(64) }],
    read: (start, count) => ({
      inputs: slice(inputs, start, start + count),
      labels: Int32Array.from(labels.slice(start, start + count)),
    }),
  }
}

/** The same samples over and over, in turn. */
export function repeated(inputs: Tensor, count: number): Tensor {
  return gather(
    inputs,
    Int32Array.from({ length: count }, (_, i) => i % rows(inputs)),
  )
}
