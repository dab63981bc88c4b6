/** Half precision (IEEE 754 binary16) as its 16 bits, and the value of such bits. */

/** The bits of the nearest half; ties go to even, what is too large becomes infinite. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(size)) return 0x7e00
  // 65520 lies half way between the largest half, 65504, and what would follow it.
  if (size >= 65_520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | toEven(size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  // A mantissa that rounds up to the next power of two carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + toEven((size / 2 ** exponent - 1) * 2 ** 10))
}

/** The number that the 16 bits of a half stand for. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + mantissa * 2 ** -10) * 2 ** (exponent - 15)
}

function toEven(value: number): number {
  const low = Math.floor(value)
  const rest = value - low
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low
}
