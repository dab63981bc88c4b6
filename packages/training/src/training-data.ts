import { deriveSeed, permutation, seededRandom } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import type { ModelSignature } from '@merlon/model'
import { sizeOf, type Tensor, tensor } from '@merlon/tensor'
import { TrainingError } from './training-error.ts'

/** Samples of a data set, in the shape that the model takes. */
export interface Batch {
  readonly inputs: Tensor
  readonly labels: Int32Array
}

/** Which samples are learnt from and which are held out, each in the order of the data set. */
export interface Parts {
  readonly learnt: Int32Array
  readonly heldOut: Int32Array
}

/**
 * Holds out a share of the first `count` samples, drawn with the seed.
 * @throws TrainingError TRAINING_NO_SAMPLES
 */
export function partsOf(count: number, share: number, seed: number): Parts {
  const order = permutation(count, seededRandom(deriveSeed(seed, 'held out')))
  const held = Math.round(count * share)
  if (count - held < 1) {
    throw new TrainingError(
      'TRAINING_NO_SAMPLES',
      `of ${count} samples ${held} are held out, which leaves none to learn from; hold out a smaller share`,
    )
  }
  return { learnt: order.slice(held).sort(), heldOut: order.slice(0, held).sort() }
}

/** The samples at `indices`, in that order. */
export function batchAt(dataset: Dataset, indices: Int32Array, shape: readonly number[]): Batch {
  const size = sizeOf(shape)
  const data = new Float32Array(indices.length * size)
  const labels = new Int32Array(indices.length)
  for (const [k, index] of indices.entries()) {
    const sample = dataset.read(index, 1)
    data.set(sample.inputs.data, k * size)
    labels[k] = sample.labels[0]!
  }
  return { inputs: tensor([indices.length, ...shape], data), labels }
}

/**
 * The shape of one sample as the model takes it.
 * @throws TrainingError TRAINING_DATA_MISMATCH if the data set's samples are no such thing
 */
export function sampleShapeOf({ inputs }: ModelSignature, dataset: Dataset): readonly number[] {
  const shape = inputs[0]?.shape.slice(1) ?? []
  const [wanted, given] = [shape, dataset.sampleShape].map((sizes) => sizes.filter((n) => n !== 1))
  if (wanted?.join() === given?.join() && shape.length > 0) return shape
  throw new TrainingError(
    'TRAINING_DATA_MISMATCH',
    `the model takes samples of [${shape.join(', ')}] but ${dataset.name} holds samples of [${dataset.sampleShape.join(', ')}]; pass data of the model's shape`,
  )
}
