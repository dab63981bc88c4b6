/** What a job's thread is started with. */
export interface JobWorkerData {
  readonly name: string
  readonly input: unknown
  /** One int32; anything but 0 asks the job to stop. A busy thread reads it without taking messages. */
  readonly stop: SharedArrayBuffer
}

/** From the thread. */
export type JobMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'result'; readonly output: unknown }
  | { readonly kind: 'failure'; readonly code: string; readonly message: string }
