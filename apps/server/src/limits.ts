const minuteMs = 60_000

/** Every bound of the server, in one place so that it can be reviewed. */
export const limits = {
  configBytesMax: 256 * 2 ** 10,
  /** Expansions of YAML aliases: a file that names itself a thousand times is an attack. */
  configAliasesMax: 100,
  configProblemsMax: 20,
  /** Features of a table that are described. */
  columnsMax: 10_000,
  columnsBytesMax: 4 * 2 ** 20,
  secretBytesMax: 64 * 2 ** 10,

  loginTokenMs: 15 * minuteMs,
  sessionIdleMs: 30 * minuteMs,
  sessionMs: 12 * 60 * minuteMs,
  sessionTouchMs: minuteMs,
  loginAttemptsMax: 10,
  loginWindowMs: minuteMs,
  loginAddressesMax: 1000,

  apiBodyBytesMax: 64 * 2 ** 10,
  /** Errors below an error that its warning names. */
  failureCausesMax: 3,
  requestHeadersMs: 10_000,
  requestMs: 60_000,
  liveStreamsMax: 20,
  /** Decisions that wait for one slow reader of the live stream before it is cut off. */
  liveQueueMax: 1000,
  liveHeartbeatMs: 10_000,
  consoleFilesMax: 2000,
  consoleFileBytesMax: 8 * 2 ** 20,
  /** Records that one filtered list looks through. */
  auditScanMax: 20_000,
  auditReadBatch: 1000,
  /** Records besides decisions that are kept in memory. */
  chronicleMax: 10_000,
  lockTries: 20,
  lockPauseMs: 100,

  policyPollMs: 500,
  outboxPollMs: 500,
  outboxBatch: 100,
  projectionBatch: 200,
  projectionMs: 200,
  projectionQueueMax: 100_000,

  inferenceQueueMax: 64,
  inferenceMs: 10_000,
  workerStartMs: 30_000,
  /** A model whose worker keeps dying is not started for ever. */
  workerRestartsMax: 5,
  workerRestartWindowMs: 10 * minuteMs,

  /** How long a job that was asked to stop may take to hand over what it has. */
  jobStopMs: 5_000,
  /** How long a durable job belongs to a worker that is not heard of, and how often a living one is. */
  jobLeaseMs: 30_000,
  jobBeatsPerLease: 5,
  /** At least as often: people watch the progress. */
  jobBeatMs: 1_000,
  /** How often an idle worker looks for work. */
  jobQueuePollMs: 500,
  workerConcurrencyMax: 64,
  /** How often a job that cannot be interrupted asks whether anybody still waits. */
  jobPollMs: 100,

  /** When the server verifies its audit log by itself, and how long that may take. */
  auditCheckFirstMs: 5_000,
  auditCheckEveryMs: 60 * minuteMs,
  auditCheckMs: 30 * minuteMs,

  /** How long open connections are still answered after the end was asked for. */
  drainGraceMs: 250,
  /** From the end of listening: what still hangs on a connection then is cut off. */
  drainMs: 8_000,
} as const
