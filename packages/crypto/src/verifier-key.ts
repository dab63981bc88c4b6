import { CryptoError } from './crypto-error.ts'
import { sha256 } from './hash.ts'
import { limits } from './limits.ts'
import { type PublicKey, publicKeyFromRaw } from './signing-key.ts'

/** The signature type byte of Ed25519 (C2SP signed-note). */
const ed25519Type = 0x01

/** A public key with the name that it signs under. */
export interface VerifierKey {
  readonly name: string
  readonly publicKey: PublicKey
}

/** The four bytes that name a key in a signature line (C2SP signed-note). */
export function keyId(name: string, publicKey: PublicKey): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`), typed(publicKey)])
  return sha256(named).subarray(0, 4)
}

/**
 * The public key as one line to hand around: `name+hash+base64` (C2SP).
 * @throws CryptoError NOTE_UNSIGNABLE for a name that no note can carry
 */
export function verifierKey(name: string, publicKey: PublicKey): string {
  assertKeyName(name)
  const id = keyId(name, publicKey).toString('hex')
  return `${name}+${id}+${typed(publicKey).toString('base64')}`
}

/**
 * Reads `name+hash+base64`.
 * @throws CryptoError KEY_INVALID for another shape, another key type, or a hash that does not match
 */
export function parseVerifierKey(text: string): VerifierKey {
  if (text.length > limits.verifierKeyCharsMax) throw invalid('it is too long')
  // The base64 part may hold plus signs itself; a name and a hash may not.
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  if (name === undefined || id === undefined || base64 === undefined) {
    throw invalid('it is not of the form name+hash+base64')
  }
  if (!isKeyName(name)) throw invalid('its name holds a space')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) throw invalid('its base64 is damaged')
  if (bytes[0] !== ed25519Type || bytes.length !== 33) throw invalid('it is not an Ed25519 key')
  const publicKey = publicKeyFromRaw(bytes.subarray(1))
  if (keyId(name, publicKey).toString('hex') !== id) {
    throw invalid('its hash does not match its name and key')
  }
  return { name, publicKey }
}

/** Not empty, no Unicode space, no plus, no control character, well-formed. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\s+\p{White_Space}\p{Cc}]+$/u.test(name)
}

/** @throws CryptoError NOTE_UNSIGNABLE */
export function assertKeyName(name: string): void {
  if (isKeyName(name)) return
  throw new CryptoError(
    'NOTE_UNSIGNABLE',
    'a key name must not be empty and must hold no spaces and no plus sign',
  )
}

function typed(publicKey: PublicKey): Buffer {
  return Buffer.concat([Buffer.from([ed25519Type]), publicKey.raw])
}

function invalid(why: string): CryptoError {
  return new CryptoError('KEY_INVALID', `the verifier key cannot be used: ${why}`)
}
