import type { Tensor } from '@merlon/tensor'

/** What a request brought: scores [n, classes], or only labels [n]. */
export type RemoteAnswer =
  | { readonly kind: 'scores'; readonly data: Float32Array }
  | { readonly kind: 'labels'; readonly data: Int32Array }

/** How a batch becomes a request, and an answer numbers. */
export interface Protocol {
  readonly kind: RemoteAnswer['kind']
  readonly inputShape: readonly number[]
  readonly classes: number
  /** Most samples of one request. */
  readonly rowsMax: number
  /** Where requests go, with the query. */
  readonly path: string
  readonly body: (batch: Tensor) => string
  /** @throws EngineError ENDPOINT_ANSWER_INVALID */
  readonly read: (answer: unknown, rows: number) => RemoteAnswer
}
