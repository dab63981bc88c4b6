import type { Json } from '@merlon/core'

/**
 * Where the finished parts of a run are kept, so that a run that was killed goes on where it stopped and comes to the
 * same report. The one who hands it over makes sure that it belongs to the same model, data and options.
 */
export interface Checkpoint {
  /** What was written last for a part; `undefined` for a part that was never written. */
  readonly read: (part: string) => Json | undefined
  readonly write: (part: string, value: Json) => Promise<void>
}

/** Remembers nothing: a run that starts anew each time. */
export const noCheckpoint: Checkpoint = {
  read: () => undefined,
  write: async () => undefined,
}
