/** Reads samples from hostile files under named limits, and draws the demo digits. */
export type { Dataset, DatasetOptions, Split } from './dataset.ts'
export { DatasetError, type DatasetErrorCode } from './dataset-error.ts'
export { type DigitOptions, drawDigits, type Samples } from './draw-digits.ts'
export { datasetErrorPages } from './error-pages.ts'
export { limits as datasetLimits } from './limits.ts'
export { openDataset } from './open-dataset.ts'
export { writeIdxFolder } from './write-idx-folder.ts'
