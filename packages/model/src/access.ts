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
  /**
   * The gradient of cross-entropy and a step along its sign in one run, where a model offers that: what an attack would do
   * with `lossGradient`, in single precision.
   */
  signAscent?(batch: Tensor, labels: Int32Array, step: SignStep): Promise<SignAscent>
}

/** A step of projected ascent along the gradient's sign (Madry et al. 2018, eq. 2). */
export interface SignStep {
  /** In input units, 0 or more. */
  readonly size: number
  /** [n, ...input]: the box that the step does not leave. */
  readonly low: Tensor
  readonly high: Tensor
  /** The range that no number leaves, applied last. */
  readonly range: readonly [number, number]
}

/** What the model answered at x, and where the step led. */
export interface SignAscent extends Pick<LossGradient, 'losses' | 'scores'> {
  /** [n, ...input]: clip(min(max(x + size sign(d loss / d x), low), high)) to the range. */
  readonly point: Tensor
  /** [n]: the sum of |d loss_i / d x_i|: 0 for a gradient that vanished, not finite for one that is no number. */
  readonly slopes: Float32Array
  /** [n]: how many numbers of the sample the range cut. */
  readonly clipped: Int32Array
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
