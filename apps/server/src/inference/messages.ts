import type { ModelSignature, NamedTensor } from '@merlon/model'

export type Feeds = Readonly<Record<string, NamedTensor>>

/** What the process serves. */
export interface ServedFile {
  readonly path: string
  readonly name: string
  /** The file must be the one that was registered. */
  readonly sha256: string | undefined
}

/** To the process: what to open, then questions. */
export type InferenceOrder =
  | { readonly kind: 'open'; readonly file: ServedFile }
  | { readonly kind: 'question'; readonly id: number; readonly feeds: Feeds }

/** From the process: once `ready` or `unusable`, then an answer for each question. */
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
