import type { Json } from '@merlon/core'
import { z } from 'zod'
import { AssessError } from './assess-error.ts'

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

const schema = 'merlon/checkpoint/v1'
const CheckpointText = z.strictObject({
  schema: z.literal(schema),
  key: z.string(),
  parts: z.record(z.string(), z.json()),
})

/** The parts of a run as a file keeps them. The key stands for all that decides the run's figures. */
export function checkpointText(key: string, parts: ReadonlyMap<string, Json>): string {
  return JSON.stringify({ schema, key, parts: Object.fromEntries(parts) })
}

/**
 * The parts that a file keeps.
 * @throws AssessError CHECKPOINT_INVALID if it is no checkpoint, or one of another run
 */
export function readCheckpoint(text: string, key: string): ReadonlyMap<string, Json> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refused('it is no JSON')
  }
  const { success, data } = CheckpointText.safeParse(value)
  if (!success) throw refused('it is no checkpoint')
  if (data.key !== key)
    throw refused('it belongs to another model, data, version or set of options')
  return new Map(Object.entries(data.parts))
}

function refused(why: string): AssessError {
  return new AssessError(
    'CHECKPOINT_INVALID',
    `the checkpoint cannot be resumed: ${why}; repeat the command as it was, or leave --resume out to start anew`,
  )
}
