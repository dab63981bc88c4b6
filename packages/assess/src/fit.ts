import type { Dataset } from '@merlon/dataset'
import type { LabelAccess } from '@merlon/model'
import { rows, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import { AssessError } from './assess-error.ts'

/**
 * Refuses data that the model cannot have been made for.
 * @throws AssessError MODEL_DATA_MISMATCH, which names both shapes or both counts
 */
export function checkFit(model: LabelAccess, dataset: Dataset): void {
  if (!isSameOrder(model.inputShape, dataset.sampleShape)) {
    throw mismatch(
      `the model takes samples of ${shapeText(model.inputShape)} but ${dataset.name} holds samples of ${shapeText(dataset.sampleShape)}; pass data of the model's shape`,
    )
  }
  if (dataset.classes > model.classes) {
    throw mismatch(
      `the model knows ${model.classes} classes but ${dataset.name} has ${dataset.classes}; pass the data that the model was trained for`,
    )
  }
}

/** The samples in the shape that the model takes; the numbers stay where they are. */
export function shapedFor(model: LabelAccess, batch: Tensor): Tensor {
  const isOpen = model.inputShape.some((size) => size < 0)
  if (isOpen) return batch
  return tensor([rows(batch), ...model.inputShape], batch.data)
}

/** @throws AssessError MODEL_DATA_MISMATCH for a label that the model has no class for */
export function checkLabels(model: LabelAccess, labels: Int32Array, start: number): void {
  const stray = labels.findIndex((label) => label < 0 || label >= model.classes)
  if (stray === -1) return
  throw mismatch(
    `sample ${start + stray} has label ${labels[stray]} but the model knows 0 to ${model.classes - 1}; pass the data that the model was trained for`,
  )
}

/**
 * True if a sample's numbers mean the same in both shapes: equal but for dimensions of 1, or one flat
 * and the other with a single channel. A flat colour image could be in either channel order: no fit.
 */
function isSameOrder(wanted: readonly number[], given: readonly number[]): boolean {
  const isEqual = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((size, axis) => size === b[axis] || size < 0)
  if (isEqual(wanted, given)) return true
  if (wanted.some((size) => size < 0)) return false
  const [a, b] = [wanted, given].map((shape) => shape.filter((size) => size !== 1))
  if (isEqual(a!, b!)) return true
  const isFlat = a!.length <= 1 || b!.length <= 1
  return isFlat && a!.length <= 2 && b!.length <= 2 && sizeOf(wanted) === sizeOf(given)
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.map((size) => (size < 0 ? 'n' : size)).join(', ')}]`
}

function mismatch(message: string): AssessError {
  return new AssessError('MODEL_DATA_MISMATCH', message)
}
