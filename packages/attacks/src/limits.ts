/** Bounds on what one attack may be asked to spend. */
export const limits = {
  stepsMax: 100_000,
  restartsMax: 1_000,
  queriesMax: 10_000_000,
  /** Classes that a targeted attack may lead each sample to. */
  targetsMax: 1_000,
