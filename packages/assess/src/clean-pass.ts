import type { Task } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import type { LabelAccess } from '@merlon/model'
import { batchesOf } from './batches.ts'

/** What the model says of the samples as they are. */
export interface CleanPass {
  /** Samples looked at, from the first; fewer than asked for only where the task was stopped. */
  readonly n: number
  /** 1 where the model is right. */
  readonly isRight: Uint8Array
  /** How often each class occurs among the samples looked at. */
  readonly seen: Int32Array
}

/** Runs the model once on each of the first `count` samples, until the task is stopped. */
export async function cleanPass(
  model: LabelAccess,
  dataset: Dataset,
  count: number,
  task: Task,
): Promise<CleanPass> {
  const isRight = new Uint8Array(count)
  const seen = new Int32Array(model.classes)
  let n = 0
  for (const { start, inputs, labels } of batchesOf(dataset, model, count)) {
    if (task.signal.aborted) break
    const answered = await model.labels(inputs)
    for (const [k, label] of labels.entries()) {
      isRight[start + k] = answered[k] === label ? 1 : 0
      seen[label] = seen[label]! + 1
    }
    n = start + labels.length
    task.progress(n, count)
  }
  return { n, isRight, seen }
}
