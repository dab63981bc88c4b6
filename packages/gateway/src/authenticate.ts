import type { IncomingHttpHeaders } from 'node:http'
import { hashApiKey, isApiKey } from '@merlon/crypto'
import { GatewayError, type RefusalCode } from './gateway-error.ts'
import type { KeyEntry } from './ports.ts'

/** A key that was found, and what is wrong with it, if anything. */
export interface Authentication {
  readonly key?: KeyEntry
  readonly refusal?: GatewayError
}

/**
 * Who sends this request? The key is looked up by its hash. Whatever is wrong with it, the client is told one
 * sentence, so that a stolen or guessed key cannot be told apart; the record says which it was.
 */
export function authenticate(
  headers: IncomingHttpHeaders,
  keys: ReadonlyMap<string, KeyEntry>,
  now: number,
): Authentication {
  const given = keyIn(headers)
  if (given === undefined) {
    return { refusal: unauthenticated('UNAUTHENTICATED', 'the request carries no API key') }
  }
  if (given === null) {
    return {
      refusal: unauthenticated('KEY_MALFORMED', 'what was sent as API key is none, or is mistyped'),
    }
  }
  const key = keys.get(hashApiKey(given))
  if (key === undefined) {
    return { refusal: unauthenticated('KEY_UNKNOWN', 'no such API key was issued here') }
  }
  // Whenever that was: a clock that is behind the one that it was revoked by must not give it back.
  if (typeof key.revokedAt === 'number') {
    return { key, refusal: unauthenticated('KEY_REVOKED', 'the API key was revoked') }
  }
  if (typeof key.expiresAt === 'number' && key.expiresAt <= now) {
    return { key, refusal: unauthenticated('KEY_EXPIRED', 'the API key has expired') }
  }
  return { key }
}

/** `undefined`: none was given. `null`: what was given cannot be one key. */
function keyIn(headers: IncomingHttpHeaders): string | null | undefined {
  const { authorization } = headers
  const plain = headers['x-api-key']
  if (authorization === undefined && plain === undefined) return undefined
  const bearer = authorization === undefined ? null : /^bearer +(\S+)$/i.exec(authorization)
  // Another scheme beside `x-api-key` belongs to something in front of us; a broken Bearer does not.
  if (authorization !== undefined && bearer === null) {
    if (plain === undefined || /^bearer\b/i.test(authorization)) return null
  }
  const key = bearer?.[1] ?? plain
  // Two different keys would leave it open on whose account the request goes.
  if (plain !== undefined && plain !== key) return null
  return typeof key === 'string' && isApiKey(key) ? key : null
}

function unauthenticated(code: RefusalCode, why: string): GatewayError {
  // RFC 6750, section 3.1: no error attribute where no credentials were sent.
  const challenge = code === 'UNAUTHENTICATED' ? '' : ', error="invalid_token"'
  return new GatewayError(code, why, {
    shown: {
      code: 'UNAUTHENTICATED',
      message:
        'a valid API key is needed: send it as "authorization: Bearer KEY" or "x-api-key: KEY"',
    },
    headers: { 'www-authenticate': `Bearer realm="merlon"${challenge}` },
  })
}
