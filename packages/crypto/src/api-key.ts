import { randomBytes } from 'node:crypto'
import { sha256, sha256Hex } from './hash.ts'

/** 32 random bytes and 4 bytes of checksum are 48 characters of base64url, without a loose bit. */
const shape = /^mln_[A-Za-z0-9_-]{48}$/
const prefixChars = 12

/** A new API key. Only `hash` and `prefix` may be kept; `key` is shown once. */
export interface NewApiKey {
  readonly key: string
  /** The first characters, to recognise the key by; the rest keeps 208 random bits. */
  readonly prefix: string
  /** SHA-256 of the key, lower-case hex. A key is random, so a plain hash cannot be guessed back. */
  readonly hash: string
}

/** Makes `mln_` and base64url of 32 random bytes and the first 4 bytes of their SHA-256. */
export function generateApiKey(): NewApiKey {
  const random = randomBytes(32)
  const body = Buffer.concat([random, checksum(random)]).toString('base64url')
  const key = `mln_${body}`
  return { key, prefix: key.slice(0, prefixChars), hash: hashApiKey(key) }
}

/** What is stored and looked up in place of the key: its SHA-256, lower-case hex. */
export function hashApiKey(key: string): string {
  return sha256Hex(key)
}

/** False for anything that cannot be a key, such as a mistyped one: no lookup is needed to refuse it. */
export function isApiKey(text: string): boolean {
  if (!shape.test(text)) return false
  const bytes = Buffer.from(text.slice(4), 'base64url')
  return checksum(bytes.subarray(0, 32)).equals(bytes.subarray(32))
}

/** A random token for sessions and one-time logins, as base64url. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

function checksum(random: Uint8Array): Buffer {
  return sha256(random).subarray(0, 4)
}
