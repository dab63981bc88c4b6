import type { Tensor } from '@merlon/tensor'
import type { LossName } from './gradient/losses.ts'

/**
 * What an adversary may ask of a model, a batch at a time. Each level includes the one before.
 * `inputShape` and every batch are without and with the leading count: [...input] and [n, ...input].
 */
export interface LabelAccess {
  readonly inputShape: readonly number[]
  readonly classes: number
  /** [n, ...input] -> [n], the index of the largest score; -1 where a score is no number. */
  labels(batch: Tensor): Promise<Int32Array>
}

export interface ScoreAccess extends LabelAccess {
  /** [n, ...input] -> [n, classes]: what the model answers, logits or probabilities as it was exported. */
  scores(batch: Tensor): Promise<Tensor>
}

export interface GradientAccess extends ScoreAccess {
  /** One run of forward and backward, for the loss of each sample against its label. */
  lossGradient(batch: Tensor, labels: Int32Array, options?: LossOptions): Promise<LossGradient>
}

/** Which loss is differentiated. */
export interface LossOptions {
  /** Cross-entropy unless given. */
  readonly loss?: LossName
  /** [n], the classes to lead to: for the targeted losses, which need them, and read by no other. */
  readonly targets?: Int32Array
}

export interface LossGradient {
  /** d loss_i / d x_i, of the batch's shape: samples do not mix. */
  readonly gradient: Tensor
  /** [n], natural logarithm. */
  readonly losses: Float32Array
  /** [n, classes], from the same forward pass, so that an attack need not ask again. */
  readonly scores: Tensor
}
