/** Campaigns: choose attacks, run them on a model and its data, and say how far the figures carry. */
export { type AssessOptions, assess } from './assess.ts'
export { AssessError, type AssessErrorCode } from './assess-error.ts'
export { assessErrorPages } from './error-pages.ts'
export { type AssessRule, findingRules } from './finding-rules.ts'
export { limits as assessLimits } from './limits.ts'
