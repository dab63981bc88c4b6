import type { Json, Task } from '@merlon/core'

/** A task that may leave behind what a later run goes on from. */
export interface JobTask extends Task {
  readonly keep: (part: string, value: Json) => void
}
