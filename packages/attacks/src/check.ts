import type { LabelAccess } from '@merlon/model'
import { rows, type Tensor } from '@merlon/tensor'
import type { Ball } from './attack.ts'
import { AttackError } from './attack-error.ts'
import type { Attack } from './declaration.ts'

/**
 * Refuses samples, labels and a ball that would make an attack measure nothing.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID
 */
export function checkInput(
  model: LabelAccess,
  batch: Tensor,
  labels: Int32Array,
  { epsilon, range }: Ball,
  goal: Attack['goal'] = 'bounded',
): void {
  const shape = batch.shape.slice(1)
  const isFit =
    shape.length === model.inputShape.length &&
    model.inputShape.every((size, axis) => size === shape[axis] || size < 0)
  if (!isFit) {
    const [wanted, given] = [model.inputShape, shape].map((sizes) => `[${sizes.join(', ')}]`)
    throw invalidInput(
      `the model takes samples of ${wanted} but the batch holds samples of ${given}`,
    )
  }
  if (labels.length !== rows(batch)) {
    throw invalidInput(`${rows(batch)} samples came with ${labels.length} labels; pass one each`)
  }
  const stray = labels.findIndex((label) => label < 0 || label >= model.classes)
  if (stray !== -1) {
    const known = `0 to ${model.classes - 1}`
    throw invalidInput(`sample ${stray} has label ${labels[stray]} but the model knows ${known}`)
  }
  const isUnbounded = goal === 'minimal' && epsilon === Number.POSITIVE_INFINITY
  if (!(isUnbounded || (Number.isFinite(epsilon) && epsilon >= 0))) {
    throw invalidOption(`epsilon is ${epsilon}; pass a finite number from 0 up`)
  }
  if (range !== null && !(range[0] <= range[1])) {
    throw invalidOption(`the input range [${range.join(', ')}] is empty; pass [low, high]`)
  }
}

/** @throws AttackError ATTACK_OPTION_INVALID if `value` is not a whole number in min..max */
export function checkCount(name: string, value: number, max: number, min = 1): void {
  if (!(Number.isInteger(value) && value >= min && value <= max)) {
    throw invalidOption(`${name} is ${value}; pass a whole number from ${min} to ${max}`)
  }
}

/** @throws AttackError ATTACK_OPTION_INVALID if a step size is given and no finite number from 0 up */
export function checkStepSize(stepSize: number | undefined): void {
  if (stepSize !== undefined && !(stepSize >= 0 && Number.isFinite(stepSize))) {
    throw invalidOption(`stepSize is ${stepSize}; pass a finite number from 0 up`)
  }
}

/** @throws AttackError ATTACK_OPTION_INVALID if `value` is not a finite number in low..high */
export function checkNumber(
  name: string,
  value: number,
  [low, high]: readonly [low: number, high: number] = [0, Number.MAX_VALUE],
): void {
  if (value >= low && value <= high) return
  const wanted = high === Number.MAX_VALUE ? `${low} up` : `${low} to ${high}`
  throw invalidOption(`${name} is ${value}; pass a finite number from ${wanted}`)
}

export function invalidOption(message: string): AttackError {
  return new AttackError('ATTACK_OPTION_INVALID', message)
}

function invalidInput(message: string): AttackError {
  return new AttackError('ATTACK_INPUT_INVALID', message)
}
