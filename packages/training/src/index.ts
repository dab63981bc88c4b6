/** Trains models by recipes and measures what came of it. Writes checkpoints; reads data through `@merlon/dataset`. */
export type { Score } from './accuracy.ts'
export { architectureNames, buildArchitecture } from './architectures.ts'
export { writeCheckpoint } from './checkpoint.ts'
export { trainingErrorPages } from './error-pages.ts'
export { type TrainingRule, trainingRules } from './finding-rules.ts'
export { limits as trainingLimits } from './limits.ts'
export { rateAt, type ScheduleName, scheduleNames } from './schedule.ts'
export {
  type OptimizerName,
  optimizerNames,
  type StandardRecipe,
  standardRecipe,
} from './standard-recipe.ts'
export { type Epoch, type Trained, type TrainOptions, trainStandard } from './train-standard.ts'
export { TrainingError, type TrainingErrorCode } from './training-error.ts'
