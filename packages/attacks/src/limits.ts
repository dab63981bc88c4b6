/** Bounds on what one attack may be asked to spend. */
export const limits = {
  stepsMax: 100_000,
  restartsMax: 1_000,
} as const
