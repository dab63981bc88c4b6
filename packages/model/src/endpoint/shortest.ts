/** A float32 with as few digits as bring it back exactly: nine (IEEE 754, section 5.12.2). Half as many bytes to send. */
export function shortest(value: number): number {
  return Number(value.toPrecision(9))
}
