/** The bounds of this package, together so that they can be reviewed. */
export const limits = {
  /** An entry's length is a uint16 (C2SP tlog-tiles). */
  entryBytesMax: 65_535,
  /** A journal file is closed and a new one begun at this length. */
  journalFileBytes: 8 * 2 ** 20,
  /** A journal file longer than this was not written by us. */
  journalFileBytesMax: 64 * 2 ** 20,
  /** One write call to the journal. */
  writeBytesMax: 2 ** 20,
  /** Records that are not in a checkpoint yet are kept in memory up to this many bytes. */
  pendingBytesMax: 256 * 2 ** 20,
  checkpointBytesMax: 64 * 1024,
  filesAtOnceMax: 8,
  entriesPerReadMax: 10_000,
  findingsMax: 1000,
  /** How often a reader starts again because the writer moved on under it. */
  readAttemptsMax: 10,
  lockFileBytesMax: 1024,
  lockAttemptsMax: 5,
} as const
