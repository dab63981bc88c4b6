import type { OptimizerOptions } from '@merlon/model'
import { limits } from './limits.ts'
import { type ScheduleName, scheduleNames } from './schedule.ts'
import { TrainingError } from './training-error.ts'

/** How each optimiser is made, and the learning rate that it has unless one is stated. */
const optimizers = {
  sgd: { learningRate: 0.05, make: (rest: Rest) => ({ kind: 'sgd', ...rest }) as const },
  adam: { learningRate: 0.002, make: (rest: Rest) => ({ kind: 'adam', ...rest }) as const },
  adamw: { learningRate: 0.002, make: (rest: Rest) => ({ kind: 'adamw', ...rest }) as const },
} as const

interface Rest {
  readonly learningRate: number
  readonly weightDecay: number
  readonly momentum: number
}

export type OptimizerName = keyof typeof optimizers
/** The names of the optimisers. */
export const optimizerNames = Object.keys(optimizers) as readonly OptimizerName[] // its own keys

/** The plain recipe: cross-entropy on the data as it is. */
export interface StandardRecipe {
  readonly epochs: number
  readonly batchSize: number
  readonly optimizer: OptimizerName
  readonly learningRate: number
  /** Of SGD; the others have none. */
  readonly momentum: number
  readonly weightDecay: number
  readonly schedule: ScheduleName
  /** The share of the training data that is held out to choose the best epoch by. */
  readonly validationShare: number
}

/**
 * A recipe from what was stated and the defaults for the rest.
 * @throws TrainingError TRAINING_OPTION_INVALID
 */
export function standardRecipe(stated: Partial<StandardRecipe> = {}): StandardRecipe {
  const optimizer = stated.optimizer ?? 'adam'
  const recipe: StandardRecipe = {
    epochs: 10,
    batchSize: 64,
    optimizer,
    learningRate: optimizers[optimizer]?.learningRate,
    momentum: 0.9,
    weightDecay: 0,
    schedule: 'one-cycle',
    validationShare: 0.1,
    ...stated,
  }
  const { epochs, batchSize, learningRate, momentum, weightDecay, validationShare } = recipe
  check('epochs', epochs, Number.isInteger(epochs) && epochs >= 1 && epochs <= limits.epochsMax)
  const isBatch = Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= limits.batchSizeMax
  check('batch size', batchSize, isBatch)
  check('optimizer', optimizer, optimizerNames.includes(optimizer))
  check('schedule', recipe.schedule, scheduleNames.includes(recipe.schedule))
  check('learning rate', learningRate, learningRate > 0 && Number.isFinite(learningRate))
  check('momentum', momentum, momentum >= 0 && momentum < 1)
  check('weight decay', weightDecay, weightDecay >= 0 && Number.isFinite(weightDecay))
  check('validation share', validationShare, validationShare >= 0 && validationShare < 1)
  return recipe
}

/** The optimiser of a recipe, as the engine takes it. */
export function optimizerOf(recipe: StandardRecipe): OptimizerOptions {
  return optimizers[recipe.optimizer].make(recipe)
}

function check(name: string, value: number | string, isValid: boolean): void {
  if (isValid) return
  throw new TrainingError(
    'TRAINING_OPTION_INVALID',
    `${name} ${value} cannot be trained with; merlon explain TRAINING_OPTION_INVALID says what each takes`,
  )
}
