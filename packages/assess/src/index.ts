/** Campaigns: choose attacks, run them on a model and its data, and say how far the figures carry. */
export { assess } from './assess.ts'
export { AssessError, type AssessErrorCode } from './assess-error.ts'
export type { AssessOptions } from './assess-options.ts'
export { type Baseline, readBaseline } from './baseline.ts'
export { type Checkpoint, checkpointText, readCheckpoint } from './checkpoint.ts'
export { assessErrorPages } from './error-pages.ts'
export { type AssessRule, findingRules } from './finding-rules.ts'
export { type Gate, parseGate } from './gates.ts'
export { limits as assessLimits } from './limits.ts'
export {
  type Catalogue,
  type Choice,
  type Profile,
  type ProfileName,
  profileNames,
  profiles,
} from './profiles.ts'
