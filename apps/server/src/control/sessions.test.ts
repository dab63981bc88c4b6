import { type Store, StoreError } from '@merlon/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshLogin } from '../fresh-login.ts'
import { limits } from '../limits.ts'
import { logIn, postToken, type Served, served, tokenOf } from '../served.test-support.ts'
import { sessionOf } from './sessions.ts'

let it: Served
beforeAll(async () => {
  it = await served()
})
afterAll(() => it.server.close())

async function freshToken(): Promise<string> {
  const { url } = await freshLogin(it.settings, it.now)
  return tokenOf(url)
}

describe('a login link', () => {
  test('works once', async () => {
    const token = await freshToken()
    expect((await postToken(it.ask, token)).status).toBe(200)
    const again = await postToken(it.ask, token)
    expect(again.status).toBe(401)
    expect(again.json().code).toBe('LOGIN_REFUSED')
    expect(again.headers['set-cookie']).toBeUndefined()
  })

  test('is refused after 15 minutes, and when it was never made', async () => {
    const token = await freshToken()
    it.pass(limits.loginTokenMs)
    expect((await postToken(it.ask, token)).status).toBe(401)
    expect((await postToken(it.ask, 'x'.repeat(43))).status).toBe(401)
  })

  test('opens a session whose cookie no script can read and no other site can send', async () => {
    const answer = await postToken(it.ask, await freshToken())
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    expect(cookie).toMatch(
      /^merlon_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    )
  })

  test('gives a cookie that needs TLS where people reach the server by https', async () => {
    const behind = await served(undefined, 'https://merlon.example.com')
    try {
      const answer = await postToken(behind.ask, tokenOf(behind.server.loginUrl))
      const [cookie = ''] = answer.headers['set-cookie'] ?? []
      expect(cookie).toMatch(/^__Host-merlon_session=[\w-]{43}; .*; Secure;/)
    } finally {
      await behind.server.close()
    }
  })
})

describe('a session', () => {
  test('is asked for on every route that is not public', async () => {
    for (const path of ['/api/v1/session', '/api/v1/overview', '/api/v1/keys', '/api/v1/audit']) {
      const answer = await it.ask(path)
      expect(answer.status, path).toBe(401)
      expect(answer.json()).toMatchObject({ code: 'NOT_LOGGED_IN' })
    }
  })

  test('can be used while nothing can be written, and does not get longer by it', async () => {
    const session = { hash: 'h', createdAt: 0, lastSeenAt: 0, expiresAt: limits.sessionIdleMs }
    const full = () => Promise.reject(new StoreError('DATABASE_FULL', 'the disk is full'))
    const store = { sessions: { byHash: async () => session, touch: full } } as unknown as Store
    const later = () => limits.sessionIdleMs - 1
    expect(await sessionOf(store, later, 'id')).toEqual(session)
  })

  test('changes nothing without its CSRF token', async () => {
    const { cookie, csrf } = await loggedIn()
    const body = JSON.stringify({ name: 'x', roles: ['app'] })
    const headers = { cookie, 'content-type': 'application/json' }
    for (const wrong of [{}, { 'x-merlon-csrf': '' }, { 'x-merlon-csrf': `${csrf}x` }]) {
      const answer = await it.ask('/api/v1/keys', {
        method: 'POST',
        headers: { ...headers, ...wrong },
        body,
      })
      expect(answer.status).toBe(403)
      expect(answer.json().code).toBe('CSRF_REFUSED')
    }
    const right = { ...headers, 'x-merlon-csrf': csrf }
    expect((await it.ask('/api/v1/keys', { method: 'POST', headers: right, body })).status).toBe(
      200,
    )
  })

  test('does not take the CSRF token of another session', async () => {
    const one = await loggedIn()
    const other = await loggedIn()
    const headers = { cookie: one.cookie, 'x-merlon-csrf': other.csrf }
    const answer = await it.ask('/api/v1/session', { method: 'DELETE', headers })
    expect(answer.json().code).toBe('CSRF_REFUSED')
  })

  test('changes nothing for another origin, even with everything else right', async () => {
    const { cookie, csrf } = await loggedIn()
    const headers = { cookie, 'x-merlon-csrf': csrf }
    for (const foreign of [{ origin: 'http://evil.com' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await it.ask('/api/v1/session', {
        method: 'DELETE',
        headers: { ...headers, ...foreign },
      })
      expect(answer.status).toBe(403)
      expect(answer.json().code).toBe('ORIGIN_REFUSED')
    }
    expect((await it.ask('/api/v1/session', { headers: { cookie } })).status).toBe(200)
  })

  test('ends with logout', async () => {
    const { cookie, change } = await loggedIn()
    const answer = await change('DELETE', '/api/v1/session')
    expect(answer.json()).toEqual({ done: true })
    expect(String(answer.headers['set-cookie'])).toContain('merlon_session=; ')
    expect((await it.ask('/api/v1/session', { headers: { cookie } })).status).toBe(401)
  })

  test('ends after 30 idle minutes, and use keeps it alive', async () => {
    const { cookie } = await loggedIn()
    const alive = () => it.ask('/api/v1/session', { headers: { cookie } })
    it.pass(limits.sessionIdleMs - 1000)
    expect((await alive()).status).toBe(200)
    it.pass(limits.sessionIdleMs - 1000)
    expect((await alive()).status).toBe(200)
    it.pass(limits.sessionIdleMs + 1000)
    expect((await alive()).status).toBe(401)
  })

  test('ends after 12 hours, however much it is used', async () => {
    const { cookie } = await loggedIn()
    let status = 200
    for (let used = 0; used < limits.sessionMs; used += limits.sessionIdleMs / 2) {
      status = (await it.ask('/api/v1/session', { headers: { cookie } })).status
      expect(status).toBe(200)
      it.pass(limits.sessionIdleMs / 2)
    }
    expect((await it.ask('/api/v1/session', { headers: { cookie } })).status).toBe(401)
  })
})

test('logins are limited, and the answer says how long to wait', async () => {
  const other = await served()
  try {
    let answer = await postToken(other.ask, 'wrong')
    for (let i = 0; i < limits.loginAttemptsMax; i++) answer = await postToken(other.ask, 'wrong')
    expect(answer.status).toBe(429)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    const right = await postToken(other.ask, tokenOf(other.server.loginUrl))
    expect(right.status).toBe(429)
    other.pass(limits.loginWindowMs)
    expect((await postToken(other.ask, tokenOf(other.server.loginUrl))).status).toBe(200)
  } finally {
    await other.server.close()
  }
})

/** A session of its own. */
async function loggedIn() {
  // The limiter counts by minutes.
  it.pass(limits.loginWindowMs)
  const { url } = await freshLogin(it.settings, it.now)
  return logIn({ ...it, server: { ...it.server, loginUrl: url } })
}
