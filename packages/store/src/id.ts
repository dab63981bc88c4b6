const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * A ULID: 48 bits of milliseconds and 80 random bits in Crockford's base 32, so that ids sort by age.
 * It names a row and is no secret.
 */
export function newId(now: number): string {
  let time = ''
  for (let rest = now, i = 0; i < 10; i++) {
    time = alphabet[rest % 32]! + time
    rest = Math.floor(rest / 32)
  }
  // 16 characters of 5 bits: the low bits of a byte are uniform too.
  const random = crypto.getRandomValues(new Uint8Array(16))
  return time + Array.from(random, (byte) => alphabet[byte & 31]).join('')
}
