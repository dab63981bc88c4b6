import type { Tensor } from '@merlon/tensor'
import type { LossGradient, LossOptions } from '../access.ts'
import type { ModelSignature } from '../describe-model.ts'
import type { OpenModelOptions } from '../onnx-model.ts'
import type { NamedTensor } from '../session.ts'

/** What a model in a process can be asked, as the model itself is. */
export interface ModelCalls {
  scores(batch: Tensor): Promise<Tensor>
  lossGradient(batch: Tensor, labels: Int32Array, options?: LossOptions): Promise<LossGradient>
  run(feeds: Readonly<Record<string, NamedTensor>>): Promise<Record<string, NamedTensor>>
}

/** To the process: once `open`, then questions. */
export type ToModel =
  | {
      readonly kind: 'open'
      readonly source: string | Uint8Array
      readonly options: OpenModelOptions
    }
  | {
      readonly kind: 'ask'
      readonly id: number
      readonly call: keyof ModelCalls
      readonly args: readonly unknown[]
    }

/** A CodedError that crosses over. */
export interface Problem {
  readonly code: string | undefined
  readonly message: string
}

/** What a model says of itself; as a classifier, or why it is none. */
export interface OpenedModel {
  readonly name: string
  readonly signature: ModelSignature
  readonly sha256: string
  readonly classifier:
    | { readonly inputShape: readonly number[]; readonly classes: number }
    | Problem
}

/** From the process: once `ready` or `unusable`, then an answer to each question. */
export type FromModel =
  | ({ readonly kind: 'ready' } & OpenedModel)
  | ({ readonly kind: 'unusable' } & Problem)
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | ({ readonly kind: 'failure'; readonly id: number } & Problem)
