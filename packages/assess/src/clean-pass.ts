import type { Json, Task } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import type { LabelAccess } from '@merlon/model'
import { z } from 'zod'
import { batchesOf } from './batches.ts'
import type { Checkpoint } from './checkpoint.ts'
import { PackedBytes, packFloats } from './packed.ts'
import { invalidCheckpoint } from './progress-record.ts'

/** What the model says of the samples as they are. */
export interface CleanPass {
  /** Samples looked at, from the first; fewer than asked for only where the task was stopped. */
  readonly n: number
  /** 1 where the model is right. */
  readonly isRight: Uint8Array
  /** The true label of each sample looked at. */
  readonly labels: Int32Array
}

const part = 'clean'

/** Runs the model once on each of the first `count` samples, until the task is stopped. */
export async function cleanPass(
  model: LabelAccess,
  dataset: Dataset,
  count: number,
  checkpoint: Checkpoint,
  task: Task,
): Promise<CleanPass> {
  const isRight = readFlags(checkpoint.read(part), count)
  const isKnown = isRight !== undefined
  const flags = isRight ?? new Uint8Array(count)
  const all = new Int32Array(count)
  let n = 0
  for (const { start, inputs, labels } of batchesOf(dataset, model, count)) {
    if (task.signal.aborted) break
    all.set(labels, start)
    const answered = isKnown ? undefined : await model.labels(inputs)
    for (const [k, label] of labels.entries()) {
      if (answered?.[k] === label) flags[start + k] = 1
    }
    n = start + labels.length
    task.progress(n, count)
  }
  if (n === count && !isKnown) await checkpoint.write(part, packFloats(flags))
  return { n, isRight: flags, labels: all.subarray(0, n) }
}

function readFlags(value: Json | undefined, count: number): Uint8Array | undefined {
  if (value === undefined) return undefined
  const { success, data } = z.pipe(z.string(), PackedBytes).safeParse(value)
  if (!success || data.length !== count) throw invalidCheckpoint()
  return data
}
