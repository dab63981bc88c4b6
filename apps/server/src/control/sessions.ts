import type { Clock } from '@merlon/core'
import { equalConstantTime, randomToken, sha256Hex } from '@merlon/crypto'
import { type SessionRow, type Store, StoreError } from '@merlon/store'
import { limits } from '../limits.ts'
import { ControlError } from './problem.ts'

const user = 'operator'

/** A token for one login; only its hash is stored. */
export async function createLoginToken(
  store: Store,
  clock: Clock,
): Promise<{ readonly token: string; readonly expiresAt: number }> {
  const token = randomToken(32)
  const expiresAt = clock() + limits.loginTokenMs
  await store.sessions.createLoginToken({ hash: sha256Hex(token), user, expiresAt })
  return { token, expiresAt }
}

/** The address that logs a browser in. The token stands behind #, so that no server log holds it. */
export function loginUrl(url: string, token: string): string {
  return `${url}/login#token=${token}`
}

/**
 * Spends a login token and opens a session.
 * @throws ControlError LOGIN_REFUSED
 */
export async function openSession(
  store: Store,
  clock: Clock,
  token: string,
): Promise<{ readonly id: string; readonly session: SessionRow }> {
  const id = randomToken(32)
  const now = clock()
  const session = await store.sessions.login(sha256Hex(token), {
    hash: sha256Hex(id),
    csrfToken: randomToken(32),
    expiresAt: now + limits.sessionIdleMs,
  })
  if (session !== undefined) return { id, session }
  throw new ControlError(
    'LOGIN_REFUSED',
    'this login link was used or has expired; run "merlon start" again in the same folder for a new one',
  )
}

/**
 * The session of a request's cookie; using it moves its idle end, never past its absolute one.
 * @throws ControlError NOT_LOGGED_IN
 */
export async function sessionOf(
  store: Store,
  clock: Clock,
  id: string | undefined,
): Promise<SessionRow> {
  const session = id === undefined ? undefined : await store.sessions.byHash(sha256Hex(id))
  if (session === undefined) {
    throw new ControlError('NOT_LOGGED_IN', 'there is no session; log in with a login link')
  }
  const now = clock()
  const expiresAt = Math.min(now + limits.sessionIdleMs, session.createdAt + limits.sessionMs)
  // One write a minute is enough to keep a busy session alive.
  if (now - session.lastSeenAt < limits.sessionTouchMs) return session
  try {
    await store.sessions.touch(session.hash, expiresAt)
  } catch (cause) {
    // On a full disk people still have to see what is wrong: the session goes on to the end that it had.
    if (cause instanceof StoreError) return session
    throw cause
  }
  return { ...session, expiresAt }
}

/** @throws ControlError CSRF_REFUSED unless the header holds the session's own token */
export function checkCsrf(session: SessionRow, header: string | undefined): void {
  if (header !== undefined && equalConstantTime(header, session.csrfToken)) return
  const message =
    'the header x-merlon-csrf does not hold the token of this session; load the page again'
  throw new ControlError('CSRF_REFUSED', message)
}

/** The cookie that holds a session, or that ends one. */
export function sessionCookie(id: string | undefined, isSecure: boolean): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', ...(isSecure ? ['Secure'] : [])]
  const life = id === undefined ? 'Max-Age=0' : `Max-Age=${limits.sessionMs / 1000}`
  return [`${cookieName(isSecure)}=${id ?? ''}`, ...attributes, life].join('; ')
}

/** The session id in a Cookie header. */
export function sessionIdIn(header: string | undefined, isSecure: boolean): string | undefined {
  const name = cookieName(isSecure)
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value)) return value
  }
  return undefined
}

/** Behind TLS the prefix keeps other names and plain HTTP from setting it (RFC 6265bis, 4.1.3.2). */
function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-merlon_session' : 'merlon_session'
}
