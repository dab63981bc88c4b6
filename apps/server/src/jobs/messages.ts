import type { Json } from '@merlon/core'

/** To the process of a job. */
export type JobOrder =
  | { readonly kind: 'start'; readonly name: string; readonly input: unknown }
  /** Asks it to end with what it has. */
  | { readonly kind: 'stop' }

/** From the process of a job. */
export type JobMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  /** A part that is finished, which a later run would go on from. */
  | { readonly kind: 'keep'; readonly part: string; readonly value: Json }
  | { readonly kind: 'result'; readonly output: unknown }
  | { readonly kind: 'failure'; readonly code: string; readonly message: string }
