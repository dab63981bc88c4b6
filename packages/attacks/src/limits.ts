/** Bounds on what one attack may be asked to spend. */
export const limits = {
  stepsMax: 100_000,
  restartsMax: 1_000,
  queriesMax: 10_000_000,
  /** Numbers in one call of the model, where that much can be told apart: 64 MiB. */
  roundNumbersMax: 2 ** 24,
  /** Classes that a targeted attack may lead each sample to. */
  targetsMax: 1_000,
  searchStepsMax: 1_000,
  columnsMax: 10_000,
  rulesMax: 10_000,
  evaluationsMax: 10_000,
  /** The dimmest copy of a sample is a thousandth as bright. */
  scalesMax: 10,
  kernelMax: 99,
  /** A text's length in UTF-16 units. */
  textLengthMax: 100_000,
} as const
