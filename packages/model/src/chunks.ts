import { sizeOf, type Tensor } from '@merlon/tensor'
import { EngineError } from './errors.ts'
import { limits } from './limits.ts'

/** Some rows of a batch. `rows` of them are real; the rest repeat the last to fill a fixed batch. */
export interface Chunk {
  readonly start: number
  readonly rows: number
  readonly batch: Tensor
}

/**
 * Splits a batch into runs of at most `rowsMax` rows, or of exactly `fixedBatch`.
 * @throws EngineError SHAPE_MISMATCH if the batch is not [n, ...sampleShape]; BATCH_TOO_LARGE
 */
export function* chunksOf(
  batch: Tensor,
  sampleShape: readonly number[],
  rowsMax: number,
  fixedBatch?: number,
): Generator<Chunk> {
  const count = checkedRows(batch, sampleShape)
  const numbers = sizeOf(sampleShape)
  const byMemory = Math.max(1, Math.floor(limits.chunkNumbersMax / numbers))
  const most = fixedBatch ?? Math.min(rowsMax, byMemory)
  for (let start = 0; start < count; start += most) {
    const rows = Math.min(most, count - start)
    const part = batch.data.subarray(start * numbers, (start + rows) * numbers)
    const data =
      fixedBatch === undefined || rows === fixedBatch ? part : filled(part, numbers, most)
    yield { start, rows, batch: { shape: [data.length / numbers, ...sampleShape], data } }
  }
}

/** The count of rows. @throws EngineError SHAPE_MISMATCH, BATCH_TOO_LARGE */
export function checkedRows(batch: Tensor, sampleShape: readonly number[]): number {
  const [count = 0, ...sample] = batch.shape
  if (sample.length !== sampleShape.length || sample.some((size, i) => size !== sampleShape[i])) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `the batch is [${batch.shape.join(', ')}] and the model takes [n, ${sampleShape.join(', ')}]; check the data set and its preprocessing`,
    )
  }
  if (count > limits.batchRowsMax) {
    throw new EngineError(
      'BATCH_TOO_LARGE',
      `the batch has ${count} samples, more than ${limits.batchRowsMax}; split it`,
    )
  }
  return count
}

/** @throws EngineError LABEL_OUT_OF_RANGE, SHAPE_MISMATCH */
export function checkLabels(
  labels: Int32Array,
  rows: number,
  classes: number,
  what: 'label' | 'target' = 'label',
): void {
  if (labels.length !== rows) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `there are ${labels.length} ${what}s for ${rows} samples; give one ${what} per sample`,
    )
  }
  for (let i = 0; i < rows; i++) {
    const label = labels[i]!
    if (label < 0 || label >= classes) {
      throw new EngineError(
        'LABEL_OUT_OF_RANGE',
        `${what} ${label} of sample ${i} is not a class of the model, which has ${classes} (0 to ${classes - 1}); check that data and model belong together`,
      )
    }
  }
}

function filled(part: Float32Array, numbers: number, rows: number): Float32Array {
  const data = new Float32Array(rows * numbers)
  data.set(part)
  const last = part.subarray(part.length - numbers)
  for (let at = part.length; at < data.length; at += numbers) data.set(last, at)
  return data
}
