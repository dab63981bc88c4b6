import type { GradientAccess, LossGradient, LossName } from '@merlon/model'
import { argmaxRows, row, rows, type Tensor, tensor } from '@merlon/tensor'

export interface LinearModel extends GradientAccess {
  /** Samples that the model was run on so far. */
  readonly evaluated: () => number
}

/** logits = W x + b with the gradients W^T dloss/dlogits of its losses, by hand; x may have any shape of W's width. */
export function linearModel(
  weights: readonly number[][],
  bias: readonly number[],
  inputShape: readonly number[] = [weights[0]!.length],
): LinearModel {
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
    inputShape,
    classes: weights.length,
    evaluated: () => evaluated,
    scores: async (batch) => logits(batch),
    labels: async (batch) => argmaxRows(logits(batch)),
    async lossGradient(
      batch,
      labels,
      { loss = 'cross-entropy', targets } = {},
    ): Promise<LossGradient> {
      const scores = logits(batch)
      const gradient = tensor(batch.shape, new Float32Array(batch.data.length))
      const losses = new Float32Array(rows(batch))
      for (let i = 0; i < rows(batch); i++) {
        const { value, slope } = lossesByHand[loss](
          Array.from(row(scores, i)),
          labels[i]!,
          targets?.[i] ?? -1,
        )
        losses[i] = value
        const slopes = row(gradient, i)
        for (const [c, w] of weights.entries()) {
          for (const [k, each] of w.entries()) slopes[k] = slopes[k]! + slope[c]! * each
        }
      }
      return { gradient, losses, scores }
    },
  }
}

/** A loss of logits z against the label y, towards the target t, and its slope along each logit. */
type LossByHand = (z: number[], y: number, t: number) => { value: number; slope: number[] }

const unit = (z: number[], y: number) => z.map((_, k) => Number(k === y))
const rivalOf = (z: number[], y: number) =>
  z.reduce((best, value, k) => (k !== y && (best < 0 || value > z[best]!) ? k : best), -1)

const targetedMargin: LossByHand = (z, y, rival) => {
  const [own, other] = [unit(z, y), unit(z, rival)]
  return { value: z[rival]! - z[y]!, slope: z.map((_, k) => other[k]! - own[k]!) }
}

const margin: LossByHand = (z, y) => targetedMargin(z, y, rivalOf(z, y))

const crossEntropy: LossByHand = (z, y) => {
  const top = Math.max(...z)
  const sum = z.reduce((total, value) => total + Math.exp(value - top), 0)
  const own = unit(z, y)
  return {
    value: top + Math.log(sum) - z[y]!,
    slope: z.map((value, k) => Math.exp(value - top) / sum - own[k]!),
  }
}

/** A difference of logits divided by how far the best logits lie above others: `weights` by rank. */
function ratio(z: number[], above: ReturnType<LossByHand>, weights: number[]) {
  const ranked = z.map((_, k) => k).sort((a, b) => z[b]! - z[a]!)
  const change = z.map((_, k) => weights[ranked.indexOf(k)] ?? 0)
  const spread = z.reduce((sum, value, k) => sum + value * change[k]!, 0)
  const value = above.value / spread
  return { value, slope: above.slope.map((each, k) => (each - value * change[k]!) / spread) }
}

const lossesByHand: Readonly<Record<LossName, LossByHand>> = {
  'cross-entropy': crossEntropy,
  margin,
  dlr: (z, y, t) => ratio(z, margin(z, y, t), [1, 0, -1]),
  mse(z, y) {
    const miss = z.map((value, k) => value - unit(z, y)[k]!)
    const value = miss.reduce((sum, each) => sum + each * each, 0) / z.length
    return { value, slope: miss.map((each) => (2 * each) / z.length) }
  },
  logit: (z, y) => ({ value: z[y]!, slope: unit(z, y) }),
  'targeted-cross-entropy'(z, _, t) {
    const { value, slope } = crossEntropy(z, t, t)
    return { value: -value, slope: slope.map((each) => -each) }
  },
  'targeted-margin': targetedMargin,
  'targeted-dlr': (z, y, t) => ratio(z, targetedMargin(z, y, t), [1, 0, -0.5, -0.5]),
}

/** The same model; `see` is called at each evaluation of whatever kind. */
export function watched(model: GradientAccess, see: () => void): GradientAccess {
  const seen = <Result>(result: Result): Result => {
    see()
    return result
  }
  return {
    inputShape: model.inputShape,
    classes: model.classes,
    labels: async (batch) => seen(await model.labels(batch)),
    scores: async (batch) => seen(await model.scores(batch)),
    lossGradient: async (...asked) => seen(await model.lossGradient(...asked)),
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
    lossGradient: async (batch, labels, options) =>
      change(await model.lossGradient(batch, labels, options), batch),
  }
}
