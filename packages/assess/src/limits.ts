/** Bounds of one assessment. */
export const limits = {
  /** How many samples are looked at unless the user says otherwise. */
  samplesDefault: 1_000,
  epsilonsMax: 100,
  /** Samples in one batch, fewer where samples are large: memory stays bounded whatever the data. */
  batchRowsMax: 128,
  batchNumbersMax: 4 * 2 ** 20,
  /** Rows of pictures in a report. */
  examplesMax: 24,
} as const
