import { Agent } from 'node:http'
import { sha256Hex } from '@merlon/crypto'
import { describe, expect, test } from 'vitest'
import type { Decision } from './ports.ts'
import { inferBody, keys, serve, sumsBackend } from './served.test-support.ts'

const withKey = { authorization: `Bearer ${keys.caller.key}` }

describe('an allowed inference', () => {
  test('is answered as the protocol says', async () => {
    const { infer } = await serve()
    const { status, json } = await infer({
      body: JSON.stringify({
        id: 'mine',
        inputs: [
          {
            name: 'input',
            shape: [2, 4],
            datatype: 'FP32',
            data: [
              [1, 2, 3, 4],
              [0.5, 0, 0, 0],
            ],
          },
        ],
      }),
    })
    expect(status).toBe(200)
    expect(json).toEqual({
      model_name: 'sums',
      model_version: '1',
      id: 'mine',
      outputs: [
        { name: 'scores', shape: [2, 2], datatype: 'FP32', data: [10, -10, 0.5, -0.5] },
        { name: 'count', shape: [1], datatype: 'INT64', data: [2] },
      ],
    })
  })

  test('gives only the outputs that were asked for, in their order', async () => {
    const { infer } = await serve()
    const body = { ...JSON.parse(inferBody()), outputs: [{ name: 'count' }] }
    const { json } = await infer({ body: JSON.stringify(body) })
    expect(json.outputs).toEqual([{ name: 'count', shape: [1], datatype: 'INT64', data: [1] }])
  })

  test('leaves a record with the digests of both bodies', async () => {
    const { infer, log } = await serve()
    const { text, headers } = await infer({ headers: { 'x-request-id': 'forged' } })
    expect(log.records).toEqual([
      {
        at: 1_000,
        requestId: headers['x-request-id'],
        method: 'POST',
        path: '/v2/models/sums/infer',
        route: '/v2/models/sums',
        model: 'sums-v1',
        keyId: 'k1',
        keyName: 'caller',
        verdict: 'pass',
        status: 200,
        code: 'OK',
        reason: 'allowed',
        requestBytes: inferBody().length,
        requestSha256: sha256Hex(inferBody()),
        responseSha256: sha256Hex(text),
        latencyMs: 0,
        address: null,
        answers: 1,
      },
    ])
    expect(headers['x-merlon-audit-index']).toBe('0')
    expect(headers['x-request-id']).not.toBe('forged')
  })

  test('carries the hygiene headers', async () => {
    const { infer } = await serve()
    const { headers } = await infer()
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'ratelimit-limit': '1000',
      'ratelimit-remaining': '999',
    })
  })

  test('works with x-api-key and with a version in the path', async () => {
    const { ask } = await serve()
    const answer = await ask({
      method: 'POST',
      path: '/v2/models/sums/versions/1/infer?trace=1',
      headers: { 'x-api-key': keys.caller.key },
      body: inferBody(),
    })
    expect(answer.status).toBe(200)
  })
})

describe('the protocol around it', () => {
  test.each([
    ['/v2/health/live', {}, 200, { live: true }],
    ['/v2/health/ready', {}, 200, { ready: true }],
    ['/v2', withKey, 200, { name: 'merlon', version: '0.1.0', extensions: [] }],
    ['/v2/models/sums/ready', withKey, 200, { name: 'sums', ready: true }],
    [
      '/v2/models/sums/',
      withKey,
      200,
      {
        name: 'sums',
        versions: ['1'],
        platform: 'test',
        inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [
          { name: 'scores', datatype: 'FP32', shape: [-1, 2] },
          { name: 'count', datatype: 'INT64', shape: [1] },
        ],
      },
    ],
  ])('GET %s answers', async (path, headers, status, json) => {
    const { ask } = await serve()
    const answer = await ask({ path, headers })
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual(json)
  })

  test('HEAD answers as GET without a body', async () => {
    const { ask } = await serve()
    const whole = await ask({ path: '/v2/models/sums', headers: withKey })
    const head = await ask({ method: 'HEAD', path: '/v2/models/sums', headers: withKey })
    expect(head.status).toBe(200)
    expect(head.text).toBe('')
    expect(head.headers['content-length']).toBe(String(whole.text.length))
  })

  test('OPTIONS says what a path answers, to anyone, and grants no origin', async () => {
    const { ask, log } = await serve()
    const { status, headers } = await ask({ method: 'OPTIONS', path: '/v2/models/any/infer' })
    expect(status).toBe(204)
    expect(headers.allow).toBe('POST, OPTIONS')
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(log.records).toEqual([])
  })

  test('readiness follows the models', async () => {
    const { ask } = await serve({ backend: sumsBackend({ ready: false }) })
    expect((await ask({ path: '/v2/health/ready' })).status).toBe(503)
    expect((await ask({ path: '/v2/health/live' })).status).toBe(200)
    const model = await ask({ path: '/v2/models/sums/ready', headers: withKey })
    expect([model.status, model.json]).toEqual([503, { name: 'sums', ready: false }])
  })
})

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

describe('the backend', () => {
  test('that is not ready is 503 until it is', async () => {
    let ready = false
    const backend = {
      ...sumsBackend(),
      get ready() {
        return ready
      },
    }
    const { infer: post } = await serve({ backend })
    const refused = await post()
    expect([refused.status, refused.json.code]).toEqual([503, 'BACKEND_NOT_READY'])
    expect(refused.headers['retry-after']).toBe('5')
    ready = true
    expect((await post()).status).toBe(200)
  })

  test('that fails is 500, its words stay in the record', async () => {
    let fails = true
    const good = sumsBackend()
    const backend = sumsBackend({
      infer: (request, signal) => {
        if (fails) throw new Error('weights at /secret/path are gone')
        return good.infer(request, signal)
      },
    })
    const { infer: post, log } = await serve({ backend })
    const answer = await post()
    expect([answer.status, answer.json.code]).toEqual([500, 'BACKEND_FAILED'])
    expect(answer.text).not.toContain('secret')
    expect(log.last.reason).toContain('weights at /secret/path are gone')
    fails = false
    expect((await post()).status).toBe(200)
  })

  test.each([
    ['no outputs', {}],
    ['a short output', { scores: { type: 'float32', shape: [1, 2], data: new Float32Array(1) } }],
    [
      'a type that JSON lacks',
      { scores: { type: 'float16', shape: [1], data: new Uint16Array(1) } },
    ],
  ])('that answers %s is 500', async (_, outputs) => {
    const { infer: post } = await serve({
      backend: sumsBackend({ infer: async () => ({ outputs }) }),
    })
    expect((await post()).json.code).toBe('BACKEND_FAILED')
  })

  test('that answers NaN is held back', async () => {
    const scores = { type: 'float32', shape: [1, 2], data: Float32Array.of(1, Number.NaN) }
    const count = { type: 'int64', shape: [1], data: BigInt64Array.of(1n) }
    const { infer: post, log } = await serve({
      backend: sumsBackend({ infer: async () => ({ outputs: { scores, count } }) }),
    })
    const { status, json } = await post()
    expect([status, json.code]).toEqual([500, 'OUTPUT_NOT_FINITE'])
    expect(log.last.reason).toContain('output "scores" holds NaN at index 1')
  })

  test('that hangs is 504 after the deadline, and its signal is aborted', async () => {
    let signal: AbortSignal | undefined
    const backend = sumsBackend({
      infer: (_, given) => {
        signal = given
        return new Promise(() => undefined)
      },
    })
    const { infer: post } = await serve({ backend, limits: { inferMs: 20 } })
    const { status, json } = await post()
    expect([status, json.code]).toEqual([504, 'DEADLINE_EXCEEDED'])
    expect(signal?.aborted).toBe(true)
  })

  test('is not asked more at once than it has places, and a stuck one keeps its place', async () => {
    const waiting: (() => void)[] = []
    const good = sumsBackend()
    const backend = sumsBackend({
      infer: async (request, signal) => {
        await new Promise<void>((resolve) => waiting.push(resolve))
        return good.infer(request, signal)
      },
    })
    const { infer: post } = await serve({
      backend,
      limits: { concurrentInferencesMax: 1, inferMs: 20 },
    })
    expect((await post()).status).toBe(504)
    const refused = await post()
    expect([refused.status, refused.json.code]).toEqual([503, 'OVERLOADED'])
    expect(refused.headers['retry-after']).toBe('1')
    waiting.shift()?.()
    // The place is free once the stuck call has settled, a turn of the event loop later.
    await new Promise((resolve) => setImmediate(resolve))
    const passes = post()
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    waiting.shift()?.()
    expect((await passes).status).toBe(200)
  })
})

describe('those who look on', () => {
  test('see each decision with its index, and one that throws is dropped alone', async () => {
    const { gateway, infer: post, ask } = await serve()
    const seen: Decision[] = []
    let thrown = 0
    gateway.onDecision(() => {
      thrown++
      throw new Error('a broken view')
    })
    const stop = gateway.onDecision((decision) => seen.push(decision))
    await post()
    await ask()
    stop()
    await post()
    expect(seen.map(({ auditIndex, code }) => [auditIndex, code])).toEqual([
      [0, 'OK'],
      [1, 'UNAUTHENTICATED'],
    ])
    expect(thrown).toBe(1)
    expect(gateway.counts).toEqual({ passed: 2, blocked: 1, lost: 0 })
  })

  test('find one connection serving refusals and answers in turn', async () => {
    const { infer: post, log } = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const bodies = ['[]', inferBody(), '{', inferBody(), inferBody({ shape: [9] }), inferBody()]
    const statuses: number[] = []
    for (const body of bodies) statuses.push((await post({ agent, body })).status)
    agent.destroy()
    expect(statuses).toEqual([400, 200, 400, 200, 400, 200])
    expect(log.records).toHaveLength(6)
  })
})
