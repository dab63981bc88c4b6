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
