import type { Random, Task } from '@merlon/core'
import type { GradientAccess, LabelAccess } from '@merlon/model'
import type { Norm, Tensor } from '@merlon/tensor'
import type { AttackEvidence } from './evidence.ts'

/** The values that an input may have, [low, high]; `null` where the data has no bounds. */
export type InputRange = readonly [low: number, high: number] | null

/** How far an adversary may move a sample: within `epsilon` of it, and within the inputs' range. */
export interface Ball {
  readonly norm: Norm
  /** In input units (l0: components). An attack of minimal distance takes Infinity: as near as it gets. */
  readonly epsilon: number
  readonly range: InputRange
}

/** What an attack came to, sample by sample. */
export interface AttackResult {
  /** The samples that fool the model and, where none was found, the best attempt; all inside the ball. */
  readonly adversarial: Tensor
  /** True where the model does not answer the true label. */
  readonly isAdversarial: readonly boolean[]
  /** What the model answers on `adversarial`; -1 where it answered no number. */
  readonly labels: Int32Array
  /** Model evaluations, one per sample and run; a run with its gradient is one. */
  readonly queries: number
  readonly health: AttackEvidence
  /** Sentences on where the attack had to do with less than it is meant to; none unless given. */
  readonly notes?: readonly string[]
  /** For an ensemble: what each of its attacks came to, in the order in which they ran. */
  readonly parts?: readonly AttackPart[]
}

/** One attack of an ensemble, on the samples that the ones before it had left. */
export interface AttackPart {
  /** Its name in the catalogue. */
  readonly attack: string
  /** Sample by sample: true where the model errs after this attack and those before it. */
  readonly isAdversarial: readonly boolean[]
  /** Its own model evaluations. */
  readonly queries: number
}

/** What is tuned about an attack; each attack reads its own and the catalogue documents them. */
export interface AttackParameters {
  readonly steps?: number
  readonly stepSize?: number
  readonly restarts?: number
  readonly randomStart?: boolean
  readonly stopWhenFooled?: boolean
  /** Classes that a targeted attack leads to, the likeliest first. */
  readonly targets?: number
  /** Rounds in which an attack looks for the right weight of one of its terms. */
  readonly searchSteps?: number
  /** The weight of the loss against the distance where that search begins. */
  readonly initialWeight?: number
  /** The weight of the l1 distance beside the squared l2 distance. */
  readonly l1Weight?: number
  /** The margin by which a sample must fool. */
  readonly confidence?: number
  /** The share by which a step goes beyond where the boundary seems to be. */
  readonly overshoot?: number
  /** The share by which a radius shrinks or grows from one step to the next. */
  readonly radiusChange?: number
  /** The loss that is raised. */
  readonly loss?: 'cross-entropy' | 'margin' | 'dlr'
  /** Evaluations of a randomised model that a gradient is averaged over. */
  readonly evaluations?: number
  /** What is kept of the gradients before, from one step to the next. */
  readonly decay?: number
  /** Look at the gradient where the momentum leads. */
  readonly nesterov?: boolean
  /** Copies of a sample, each half as bright as the one before, that a gradient is averaged over. */
  readonly scales?: number
  /** The share of gradients that are taken on a picture resized and shifted at random. */
  readonly diversity?: number
  /** The side, in pixels, of the window that gradients are smoothed over. */
  readonly kernel?: number
  /** The class to go for. */
  readonly target?: number
  /** The most model evaluations on a sample. */
  readonly queries?: number
  /** The directions that SimBA tries. */
  readonly basis?: 'pixel' | 'dct'
}

export interface AttackSettings extends Ball, AttackParameters {
  readonly random: Random
  /** A model of the adversary's own, on which attacks by transfer make their samples. */
  readonly surrogate?: GradientAccess
}

/** Every attack, called in one way; what it may ask of the model is the first parameter's type. */
export type AttackFunction<Access extends LabelAccess = LabelAccess> = (
  model: Access,
  batch: Tensor,
  labels: Int32Array,
  settings: AttackSettings,
  task?: Task,
) => Promise<AttackResult>
