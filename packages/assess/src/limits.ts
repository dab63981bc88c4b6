/** Bounds of one assessment. */
export const limits = {
  /** How many samples are looked at unless the user or the profile says otherwise. */
  samplesDefault: 1_000,
  epsilonsMax: 100,
  /** Samples in one batch, fewer where samples are large: memory stays bounded whatever the data. */
  batchRowsMax: 128,
  batchNumbersMax: 4 * 2 ** 20,
  /** Batches of a dear attack are smaller, so that an interruption loses little: at most so many queries in one. */
  batchQueriesMax: 100_000,
  batchRowsMin: 16,
  /** Rows of pictures in a report. */
  examplesMax: 24,
  /** Samples that the model is probed with before it is attacked. */
  probeSamplesMax: 64,
  /** Points of a curve that distances are drawn as. */
  curvePointsMax: 33,
  /** Classes that have a bar of their own. */
  curveClassesMax: 40,
  gatesMax: 50,
  baselineBytesMax: 64 * 2 ** 20,
  checkpointBytesMax: 256 * 2 ** 20,
  /** Attacks of an ensemble, and sentences about them. */
  partsMax: 64,
} as const
