import type { ModelSignature, NamedTensor } from '@merlon/model'

export type Feeds = Readonly<Record<string, NamedTensor>>

/** What the thread is started with. */
export interface InferenceWorkerData {
  readonly path: string
  readonly name: string
  /** The file must be the one that was registered. */
  readonly sha256: string | undefined
}

/** To the thread. */
export interface InferenceQuestion {
  readonly id: number
  readonly feeds: Feeds
}

/** From the thread: once `ready` or `unusable`, then an answer for each question. */
export type InferenceMessage =
  | {
      readonly kind: 'ready'
      readonly signature: ModelSignature
      readonly sha256: string
    }
  | { readonly kind: 'unusable'; readonly code: string; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly outputs: Feeds }
  | {
      readonly kind: 'failure'
      readonly id: number
      readonly code: string
      readonly message: string
    }
