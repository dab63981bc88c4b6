/** Is this model file harmless? Reads what loading it would do, and does none of it. No I/O. */
export { limits as artifactLimits } from './limits.ts'
export { artifactRules, type FileVerdict } from './rules.ts'
export { type ScannedFile, scanBytes } from './scan-bytes.ts'
