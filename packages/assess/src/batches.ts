import type { Dataset } from '@merlon/dataset'
import type { LabelAccess } from '@merlon/model'
import { gather, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import { checkLabels, shapedFor } from './fit.ts'
import { limits } from './limits.ts'

export interface Batch {
  /** The first sample's index in the data set. */
  readonly start: number
  readonly inputs: Tensor
  readonly labels: Int32Array
}

/** Samples of a data set that need not lie side by side, and their labels. */
export type Chosen = Omit<Batch, 'start'>

/** How many samples of the data set make one batch. */
export function batchRows(dataset: Dataset): number {
  const fitting = Math.floor(limits.batchNumbersMax / sizeOf(dataset.sampleShape))
  return Math.min(limits.batchRowsMax, Math.max(1, fitting))
}

/**
 * The first `count` samples, a bounded batch at a time.
 * @throws AssessError MODEL_DATA_MISMATCH for a label that the model has no class for
 */
export function* batchesOf(dataset: Dataset, model: LabelAccess, count: number): Generator<Batch> {
  const size = batchRows(dataset)
  for (let start = 0; start < count; start += size) {
    const { inputs, labels } = dataset.read(start, Math.min(size, count - start))
    checkLabels(model, labels, start)
    yield { start, inputs: shapedFor(model, inputs), labels }
  }
}

/**
 * The samples at `indices`, which rise; neighbours are read together, and never more than a batch at once.
 * @throws AssessError MODEL_DATA_MISMATCH for a label that the model has no class for
 */
export function samplesAt(dataset: Dataset, model: LabelAccess, indices: Int32Array): Chosen {
  const width = sizeOf(dataset.sampleShape)
  const size = batchRows(dataset)
  const data = new Float32Array(indices.length * width)
  const labels = new Int32Array(indices.length)
  for (let from = 0; from < indices.length; ) {
    const start = indices[from]!
    let to = from + 1
    while (to < indices.length && indices[to]! - start < size) to += 1
    const read = dataset.read(start, indices[to - 1]! - start + 1)
    const wanted = indices.subarray(from, to).map((index) => index - start)
    data.set(gather(read.inputs, wanted).data, from * width)
    for (let k = from; k < to; k++) labels[k] = read.labels[indices[k]! - start]!
    from = to
  }
  checkLabels(model, labels, indices[0] ?? 0)
  const inputs = tensor([indices.length, ...dataset.sampleShape], data)
  return { inputs: shapedFor(model, inputs), labels }
}
