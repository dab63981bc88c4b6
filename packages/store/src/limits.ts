/** Every bound of the store, in one place. */
export const limits = {
  /** Characters of one text value; the largest are HTML reports with pictures. */
  textCharsMax: 64 * 2 ** 20,
  /** Rows of one INSERT: far below the 32,766 parameters that SQLite allows. */
  rowsPerInsertMax: 500,
  /** Rows that one list call answers. */
  rowsPerListMax: 1000,
  /** API keys that a data plane holds in memory. */
  keysMax: 100_000,
  /** How long a write waits for another process's write, and then for how long again between tries. */
  busyWaitMs: 10_000,
  busyPauseMs: 10,
  /** How long libSQL may block this thread in one try. */
  busyBlockMs: 20,
  /** How often a job is tried unless it says otherwise, and how long it waits between: doubling up to the bound. */
  jobAttempts: 3,
  jobBackoffMs: 5_000,
  jobBackoffMaxMs: 10 * 60_000,
  postgresConnectionsMax: 10,
  postgresConnectMs: 5_000,
  postgresStatementMs: 30_000,
} as const
