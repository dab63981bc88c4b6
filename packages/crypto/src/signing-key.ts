import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { inspect } from 'node:util'
import { CryptoError } from './crypto-error.ts'
import { Secret } from './secret.ts'

/** Ed25519 (RFC 8032): the one signature of the project. */
export interface PublicKey {
  /** The 32 bytes of RFC 8032. */
  readonly raw: Uint8Array
  /** False for anything but this key's signature over exactly these bytes. */
  verify(bytes: Uint8Array, signature: Uint8Array): boolean
}

/** A private key that signs but does not print itself. */
export interface SigningKey {
  readonly publicKey: PublicKey
  sign(bytes: Uint8Array): Uint8Array
  /** PEM, PKCS#8. */
  pem(): Secret
}

/** DER up to the 32 bytes of the key: RFC 8410, sections 4 and 7. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A new key from the operating system's randomness. */
export function generateSigningKey(): SigningKey {
  return new Ed25519SigningKey(generateKeyPairSync('ed25519').privateKey)
}

/**
 * The key of an RFC 8032 seed, for keys that were made elsewhere.
 * @throws CryptoError KEY_INVALID unless the seed has 32 bytes
 */
export function signingKeyFromSeed(seed: Uint8Array): SigningKey {
  if (seed.length !== 32) throw new CryptoError('KEY_INVALID', 'an Ed25519 seed has 32 bytes')
  const der = Buffer.concat([pkcs8Prefix, seed])
  return new Ed25519SigningKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
}

/**
 * The key in a PEM text (PKCS#8).
 * @throws CryptoError KEY_INVALID if it holds anything but an Ed25519 private key
 */
export function signingKeyFromPem(pem: Secret): SigningKey {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: pem.reveal(), format: 'pem' })
  } catch (cause) {
    throw new CryptoError('KEY_INVALID', 'the text is not a PEM private key', { cause })
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new CryptoError('KEY_INVALID', 'the PEM text holds a key that is not Ed25519')
  }
  return new Ed25519SigningKey(key)
}

/**
 * The public key of 32 raw bytes.
 * @throws CryptoError KEY_INVALID unless there are 32 bytes
 */
export function publicKeyFromRaw(raw: Uint8Array): PublicKey {
  if (raw.length !== 32) throw new CryptoError('KEY_INVALID', 'an Ed25519 public key has 32 bytes')
  const der = Buffer.concat([spkiPrefix, raw])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return {
    raw: Uint8Array.from(raw),
    verify: (bytes, signature) => signature.length === 64 && verify(null, bytes, key, signature),
  }
}

class Ed25519SigningKey implements SigningKey {
  readonly publicKey: PublicKey
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
    const der = createPublicKey(key).export({ format: 'der', type: 'spki' })
    this.publicKey = publicKeyFromRaw(der.subarray(spkiPrefix.length))
  }

  sign(bytes: Uint8Array): Uint8Array {
    return sign(null, bytes, this.#key)
  }

  pem(): Secret {
    return new Secret(this.#key.export({ format: 'pem', type: 'pkcs8' }).toString())
  }

  toJSON(): string {
    return '[signing key]'
  }

  [inspect.custom](): string {
    return '[signing key]'
  }
}
