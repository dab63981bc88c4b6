import type { Dataset } from '@merlon/dataset'
import type { LabelAccess } from '@merlon/model'
import { sizeOf, type Tensor } from '@merlon/tensor'
import { checkLabels, shapedFor } from './fit.ts'
import { limits } from './limits.ts'

export interface Batch {
  /** The first sample's index in the data set. */
  readonly start: number
  readonly inputs: Tensor
  readonly labels: Int32Array
}

/**
 * The first `count` samples, a bounded batch at a time.
 * @throws AssessError MODEL_DATA_MISMATCH for a label that the model has no class for
 */
export function* batchesOf(dataset: Dataset, model: LabelAccess, count: number): Generator<Batch> {
  const fitting = Math.floor(limits.batchNumbersMax / sizeOf(dataset.sampleShape))
  const size = Math.min(limits.batchRowsMax, Math.max(1, fitting))
  for (let start = 0; start < count; start += size) {
    const { inputs, labels } = dataset.read(start, Math.min(size, count - start))
    checkLabels(model, labels, start)
    yield { start, inputs: shapedFor(model, inputs), labels }
  }
}
