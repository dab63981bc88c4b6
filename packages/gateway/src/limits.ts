/**
 * Every bound of the data plane. `createGateway`, `serverOptions` and `configureServer` take an
 * override for each; what a route allows (rate, burst, body size) is in its policy instead.
 */
export const limits = {
  /** Start line and header fields together; beyond it 431. */
  headerBytesMax: 16 * 2 ** 10,
  connectionsMax: 2_000,
  requestsPerConnectionMax: 10_000,
  /** From the first byte of a request to the end of its header fields. */
  headersMs: 10_000,
  /** From the first byte of a request to the end of its body: a backstop behind `bodyMs`. */
  requestMs: 60_000,
  /** From the decision to read the body to its last byte; beyond it 408. */
  bodyMs: 20_000,
  /** How long an idle connection is kept for its next request. */
  keepAliveMs: 10_000,
  /** Silence on a connection, such as a client that does not read its answer. */
  silenceMs: 90_000,
  /** A refused body up to this size is read and thrown away, so that the connection can be kept. */
  lingerBytesMax: 64 * 2 ** 10,
  /** How long a refused client may still send, so that it gets to read why. */
  lingerMs: 2_000,
  /** No route may allow more. */
  bodyBytesMax: 64 * 2 ** 20,
  pathCharsMax: 256,
  jsonDepthMax: 32,
  tensorsMax: 64,
  rankMax: 16,
  elementsMax: 16 * 2 ** 20,
  requestIdCharsMax: 128,
  /** Inferences at once, bodies in memory included; beyond it 503. */
  concurrentInferencesMax: 64,
  /** From the last byte of the body to the model's answer, filters included; beyond it 504. */
  inferMs: 30_000,
  /** How long an answer waits for its audit record; beyond it 503. */
  auditMs: 10_000,
  /** Requests that belong to no route, such as `GET /v2`, per key. */
  unroutedRequestsPerSecond: 20,
  unroutedBurst: 50,
  /** Token buckets kept; beyond it the one unused for longest is forgotten. */
  bucketsMax: 100_000,
  /** Refusals of one caller that get an audit record each; beyond it they are counted. */
  refusalRecordsPerSecond: 20,
  refusalRecordsBurst: 200,
  /** The same for all callers without a key together. */
  anonymousRecordsPerSecond: 200,
  anonymousRecordsBurst: 2_000,
  /** How long refusals are counted before the count is recorded. */
  countingMs: 10_000,
  /** Addresses counted apart from each other; beyond it they share one count. */
  countedAddressesMax: 64,
  /** How long `drain` waits for requests in flight before it stops them. */
  drainMs: 7_000,
  /** How long a stopped request may take to say so before its connection is cut. */
  drainGraceMs: 1_500,
} as const

/** The bounds as they are at run time. */
export type GatewayLimits = { readonly [Name in keyof typeof limits]: number }
