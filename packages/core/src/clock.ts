/** Milliseconds since 1970-01-01 UTC. Passed in, so that a test or a replay decides what time it is. */
export type Clock = () => number
