/** Our own bug, not bad input: the operation stops. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`bug: this should hold: ${claim}`)
}

/** Ends a switch over a closed set: a new member becomes a compile error here. */
export function unreachable(value: never): never {
  throw new Error(`bug: unexpected ${JSON.stringify(value)}`)
}
