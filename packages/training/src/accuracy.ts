import type { Task } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { openModel, type RuntimeOptions } from '@merlon/model'
import { sizeOf } from '@merlon/tensor'
import { limits } from './limits.ts'
import { batchAt } from './training-data.ts'

/** What a model said of samples that it did not learn from. */
export interface Score {
  readonly right: number
  readonly n: number
  /** Samples of the most frequent class. */
  readonly mostFrequent: number
}

/** Asks a model for the label of each of the samples. Stops with the signal's reason. */
export async function scoreOf(
  model: Uint8Array,
  dataset: Dataset,
  indices: Int32Array,
  { signal, ...runtime }: { readonly signal: Task['signal'] } & RuntimeOptions,
): Promise<Score> {
  const opened = await openModel(model, runtime)
  try {
    const { inputShape } = opened
    const fitting = Math.floor(limits.evaluationNumbersMax / sizeOf(inputShape))
    const size = Math.min(limits.evaluationRowsMax, Math.max(1, fitting))
    const seen = new Map<number, number>()
    let right = 0
    for (let start = 0; start < indices.length; start += size) {
      signal.throwIfAborted()
      const { inputs, labels } = batchAt(dataset, indices.subarray(start, start + size), inputShape)
      const answered = await opened.labels(inputs)
      for (const [k, label] of labels.entries()) {
        if (answered[k] === label) right++
        seen.set(label, (seen.get(label) ?? 0) + 1)
      }
    }
    return { right, n: indices.length, mostFrequent: Math.max(0, ...seen.values()) }
  } finally {
    await opened.close()
  }
}
