/** Every bound of a training. Passing one is TRAINING_OPTION_INVALID. */
export const limits = {
  epochsMax: 100_000,
  /** As the engine has it for one train step. */
  batchSizeMax: 65_536,
  /** Numbers of one batch that is only evaluated: 16 MiB of float32. */
  evaluationNumbersMax: 2 ** 22,
  evaluationRowsMax: 1024,
} as const
