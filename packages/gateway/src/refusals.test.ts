import { sha256Hex } from '@merlon/crypto'
import { describe, expect, test } from 'vitest'
import type { KeyEntry, PolicySnapshot } from './ports.ts'
import { inferBody, keys, serve, sumsRoute } from './served.test-support.ts'

const withKey = { authorization: `Bearer ${keys.caller.key}` }

interface Refusal {
  readonly what: string
  readonly status: number
  readonly code: string
  /** As it stands in the record, where the client is told another. */
  readonly recorded?: string
  readonly method?: string
  readonly path?: string
  readonly key?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const infer = { method: 'POST', path: '/v2/models/sums/infer', key: keys.caller.key }

const refusals: readonly Refusal[] = [
  { what: 'an unknown path', status: 404, code: 'NOT_FOUND', path: '/v1/chat' },
  { what: 'a dot segment', status: 404, code: 'NOT_FOUND', path: '/v2/models/../../etc' },
  { what: 'a long path', status: 404, code: 'NOT_FOUND', path: `/v2/${'x'.repeat(3000)}` },
  { ...infer, what: 'GET on infer', status: 405, code: 'METHOD_NOT_ALLOWED', method: 'GET' },
  {
    what: 'PUT on health',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    method: 'PUT',
    path: '/v2/health/live',
  },
  { ...infer, what: 'no key', status: 401, code: 'UNAUTHENTICATED', key: undefined },
  { what: 'no key for GET /v2', status: 401, code: 'UNAUTHENTICATED', path: '/v2' },
  {
    what: 'no key and an unknown model',
    status: 401,
    code: 'UNAUTHENTICATED',
    path: '/v2/models/none',
  },
  {
    ...infer,
    what: 'an unknown key',
    status: 401,
    code: 'UNAUTHENTICATED',
    recorded: 'KEY_UNKNOWN',
    key: keys.unknown.key,
  },
  {
    ...infer,
    what: 'a mistyped key',
    status: 401,
    code: 'UNAUTHENTICATED',
    recorded: 'KEY_MALFORMED',
    key: keys.caller.key.slice(0, -1),
  },
  {
    ...infer,
    what: 'a revoked key',
    status: 401,
    code: 'UNAUTHENTICATED',
    recorded: 'KEY_REVOKED',
    key: keys.revoked.key,
  },
  {
    ...infer,
    what: 'an expired key',
    status: 401,
    code: 'UNAUTHENTICATED',
    recorded: 'KEY_EXPIRED',
    key: keys.expired.key,
  },
  {
    ...infer,
    what: 'two different keys',
    status: 401,
    code: 'UNAUTHENTICATED',
    recorded: 'KEY_MALFORMED',
    headers: { 'x-api-key': keys.auditor.key },
  },
  {
    ...infer,
    what: 'another scheme',
    status: 401,
    code: 'UNAUTHENTICATED',
    recorded: 'KEY_MALFORMED',
    key: undefined,
    headers: { authorization: `Basic ${keys.caller.key}` },
  },
  {
    ...infer,
    what: 'a key without the role',
    status: 403,
    code: 'FORBIDDEN',
    key: keys.auditor.key,
  },
  {
    ...infer,
    what: 'an unknown model',
    status: 404,
    code: 'MODEL_UNKNOWN',
    path: '/v2/models/none/infer',
  },
  {
    ...infer,
    what: 'an unknown version',
    status: 404,
    code: 'MODEL_UNKNOWN',
    path: '/v2/models/sums/versions/2/infer',
  },
  {
    ...infer,
    what: 'a body too large',
    status: 413,
    code: 'BODY_TOO_LARGE',
    body: ' '.repeat(4_097),
  },
  {
    ...infer,
    what: 'a compressed body',
    status: 415,
    code: 'MEDIA_UNSUPPORTED',
    headers: { 'content-encoding': 'gzip' },
  },
  {
    ...infer,
    what: 'binary tensors',
    status: 415,
    code: 'MEDIA_UNSUPPORTED',
    headers: { 'inference-header-content-length': '10' },
  },
  { ...infer, what: 'an empty body', status: 400, code: 'BODY_NOT_JSON', body: '' },
  {
    ...infer,
    what: 'a cut body',
    status: 400,
    code: 'BODY_NOT_JSON',
    body: inferBody().slice(0, -1),
  },
  { ...infer, what: 'deep nesting', status: 400, code: 'JSON_TOO_DEEP', body: '['.repeat(2_000) },
  { ...infer, what: 'a body that is no object', status: 400, code: 'REQUEST_INVALID', body: '[]' },
  {
    ...infer,
    what: 'members below __proto__',
    status: 400,
    code: 'REQUEST_INVALID',
    body: `{"__proto__":${inferBody()}}`,
  },
  {
    ...infer,
    what: 'a wrong shape',
    status: 400,
    code: 'SHAPE_MISMATCH',
    body: inferBody({ shape: [4] }),
  },
  {
    ...infer,
    what: 'a wrong datatype',
    status: 400,
    code: 'DATATYPE_MISMATCH',
    body: inferBody({ datatype: 'FP64' }),
  },
  {
    ...infer,
    what: 'a null element',
    status: 400,
    code: 'ELEMENT_INVALID',
    body: inferBody({ data: [1, null, 3, 4] }),
  },
]

describe('a refusal', () => {
  test.each(refusals)(
    'of $what is $status $code, on the record, and its twin passes',
    async (refusal) => {
      const { ask, infer: good, log } = await serve()
      const { method = 'GET', path = '/v2', key, body } = refusal
      const bearer = key === undefined ? {} : { authorization: `Bearer ${key}` }
      const posted = method === 'POST' ? { body: body ?? inferBody() } : {}
      const answer = await ask({
        method,
        path,
        headers: { ...bearer, ...refusal.headers },
        ...posted,
      })
      expect(answer.status).toBe(refusal.status)
      expect(answer.json.code).toBe(refusal.code)
      expect(answer.json.error).toMatch(/^["a-z].*[^.]$/s)
      expect(log.last).toMatchObject({
        verdict: 'block',
        status: refusal.status,
        code: refusal.recorded ?? refusal.code,
        responseSha256: sha256Hex(answer.text),
        requestId: answer.headers['x-request-id'],
      })
      expect(answer.headers['x-merlon-audit-index']).toBe('0')
      expect((await good()).status).toBe(200)
    },
  )

  test('of any key reads the same, whatever is wrong with it', async () => {
    const { infer: post } = await serve()
    const wrong = [keys.unknown.key, keys.revoked.key, keys.expired.key, 'x']
    const answers = await Promise.all(
      wrong.map((key) => post({ headers: { authorization: `Bearer ${key}` } })),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    const challenges = answers.map(({ headers }) => headers['www-authenticate'])
    expect(new Set(challenges)).toEqual(new Set(['Bearer realm="merlon", error="invalid_token"']))
  })

  test('without a key is the same for a model that exists and one that does not', async () => {
    const { ask } = await serve()
    const one = await ask({ path: '/v2/models/sums' })
    const other = await ask({ path: '/v2/models/none' })
    expect(one.text).toBe(other.text)
  })

  test('of a revoked key names the key in the record only', async () => {
    const { infer: post, log } = await serve()
    const { text } = await post({ headers: { authorization: `Bearer ${keys.revoked.key}` } })
    expect(log.last).toMatchObject({ keyId: 'k3', keyName: 'revoked', address: null })
    expect(text).not.toContain('revoked')
  })

  test('of nobody knows the address', async () => {
    const { ask, log } = await serve()
    await ask()
    expect(log.last).toMatchObject({ keyId: null, address: '127.0.0.1' })
  })
})

describe('the rate limit', () => {
  test('refuses with 429 beyond the burst, says when to come back, and serves then', async () => {
    let now = 1_000
    const { infer: post } = await serve({
      clock: () => now,
      route: { requestsPerSecond: 0.5, burst: 2 },
    })
    expect((await post()).status).toBe(200)
    expect((await post()).headers['ratelimit-remaining']).toBe('0')
    const refused = await post()
    expect(refused.status).toBe(429)
    expect(refused.json.code).toBe('RATE_LIMITED')
    expect(refused.headers['retry-after']).toBe('2')
    now += 2_000
    expect((await post()).status).toBe(200)
  })

  test('goes on when the wall clock steps back', async () => {
    let tick = 0
    let now = 10_000_000
    const { infer: post } = await serve({
      clock: () => now,
      monotonic: () => tick,
      route: { requestsPerSecond: 1, burst: 1 },
    })
    expect((await post()).status).toBe(200)
    now = 0
    expect((await post()).status).toBe(429)
    tick += 1_000
    expect((await post()).status).toBe(200)
  })

  test('of one key leaves another alone', async () => {
    const { infer: post } = await serve({
      route: { requestsPerSecond: 1, burst: 1, roles: ['inference', 'audit'] },
    })
    expect((await post()).status).toBe(200)
    expect((await post()).status).toBe(429)
    const other = await post({ headers: { authorization: `Bearer ${keys.auditor.key}` } })
    expect(other.status).toBe(200)
  })

  test('also holds where there is no route', async () => {
    const { ask } = await serve({ limits: { unroutedRequestsPerSecond: 1, unroutedBurst: 1 } })
    expect((await ask({ headers: withKey })).status).toBe(200)
    expect((await ask({ path: '/v2/models/none', headers: withKey })).status).toBe(429)
  })
})

test('a revoked key stays revoked when the clock is set back', async () => {
  const { infer: post, log } = await serve({ clock: () => 1 })
  expect((await post({ headers: { authorization: `Bearer ${keys.revoked.key}` } })).status).toBe(
    401,
  )
  expect(log.last).toMatchObject({ code: 'KEY_REVOKED', keyId: 'k3' })
})

test('a policy holds from the next request on', async () => {
  const entry: KeyEntry = { id: 'k1', name: 'caller', roles: ['inference'] }
  const policy = (version: number, changes: Partial<KeyEntry>): PolicySnapshot => ({
    version,
    keys: new Map([[keys.caller.hash, { ...entry, ...changes }]]),
    routes: new Map([['sums', sumsRoute]]),
  })
  let current = policy(1, {})
  const { infer: post, log } = await serve({ policy: () => current })
  expect((await post()).status).toBe(200)
  current = policy(2, { roles: [] })
  expect((await post()).status).toBe(403)
  current = policy(3, { revokedAt: 1_000 })
  expect((await post()).status).toBe(401)
  expect(log.last.code).toBe('KEY_REVOKED')
  current = { ...policy(4, {}), routes: new Map() }
  expect((await post()).status).toBe(404)
  current = policy(5, { expiresAt: 1_001, revokedAt: null })
  expect((await post()).status).toBe(200)
})

test('a policy that cannot be had refuses everything and says nothing', async () => {
  const { infer: post, log } = await serve({
    policy: () => {
      throw new Error('the snapshot at /secret is gone')
    },
  })
  const { status, json, text } = await post()
  expect([status, json.code]).toEqual([500, 'INTERNAL'])
  expect(text).not.toContain('secret')
  expect(log.last.reason).toContain('the snapshot at /secret is gone')
})
