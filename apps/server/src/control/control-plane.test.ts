import { once } from 'node:events'
import { connect } from 'node:net'
import { type Reply, type RouteName, routes, splitRouteName } from '@merlon/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../limits.ts'
import {
  type LoggedIn,
  logIn,
  newKey,
  type Served,
  served,
  tinyBody,
} from '../served.test-support.ts'
import type { ControlContext } from './control-context.ts'
import { controlPlane } from './control-plane.ts'

let it: Served
let session: LoggedIn
beforeAll(async () => {
  it = await served()
  session = await logIn(it)
})
afterAll(() => it.server.close())

describe('every route', () => {
  const readable = Object.keys(routes).filter(
    (name) =>
      name.startsWith('GET ') && !name.includes('assessments/:id') && !name.endsWith('/live'),
  ) as RouteName[]

  test.each(readable)('%s answers what the route table promises', async (name) => {
    const path = splitRouteName(name).path.replace(':name', 'tiny').replace(':index', '0')
    const answer = await it.ask(path, { headers: { cookie: session.cookie } })
    expect(answer.status).toBe(200)
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{12}$/)
    expect(answer.headers['cache-control']).toBe('no-store')
    const parsed = routes[name].reply.safeParse(answer.json())
    expect(parsed.error?.issues).toBeUndefined()
  })
})

describe('the API', () => {
  test('answers every error with its code, a sentence and the id of the request', async () => {
    const headers = { cookie: session.cookie }
    for (const [path, status, code] of [
      ['/api/v1/nothing', 404, 'NOT_FOUND'],
      ['/api/v1/models/none', 404, 'NOT_FOUND'],
      ['/api/v1/audit/records/999999', 404, 'NOT_FOUND'],
      ['/api/v1/audit/records/-1', 404, 'NOT_FOUND'],
      ['/api/v1/assessments/none/report', 404, 'NOT_FOUND'],
      ['/api/v1/decisions?limit=0', 400, 'REQUEST_INVALID'],
      ['/api/v1/models/%00', 400, 'TEXT_UNSTORABLE'],
      ['/api/v1/decisions?code=%00', 400, 'TEXT_UNSTORABLE'],
      ['/api/v1/decisions?limt=1', 400, 'REQUEST_INVALID'],
    ] as const) {
      const answer = await it.ask(path, { headers })
      expect(answer.status, path).toBe(status)
      expect(answer.json(), path).toEqual({
        code,
        message: expect.stringMatching(/^[a-z]/),
        requestId: answer.headers['x-request-id'],
      })
    }
  })

  test('refuses a body that is no JSON, of another type, too large, or with a key too many', async () => {
    const post = (body: string, type = 'application/json') =>
      it.ask('/api/v1/keys', {
        method: 'POST',
        headers: { cookie: session.cookie, 'x-merlon-csrf': session.csrf, 'content-type': type },
        body,
      })
    expect((await post('{')).json().message).toBe('the body is not JSON')
    expect((await post('name=x', 'application/x-www-form-urlencoded')).status).toBe(400)
    expect((await post(JSON.stringify({ name: 'x'.repeat(70_000) }))).status).toBe(413)
    // Without a length in the header it is the bytes that are counted.
    const chunked = await it.ask('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      body: JSON.stringify({ token: 'x'.repeat(70_000) }),
    })
    expect(chunked.status).toBe(413)
    const extra = await post(JSON.stringify({ name: 'x', roles: ['app'], admin: true }))
    expect(extra.json().message).toMatch(/^body: unrecognized key: "admin"/)
  })

  test('says what is no URL in the same form, with the headers of every answer', async () => {
    for (const host of ['127.0.0.1:99999', '[:', 'a b']) {
      const answer = await it.ask('/api/v1/health', { headers: { host } })
      expect([answer.status, answer.json().code], host).toEqual([400, 'REQUEST_INVALID'])
      expect(answer.headers['content-security-policy'], host).toContain("default-src 'none'")
    }
  })

  test('tells the operator nothing of a client that goes away in the middle of its body', async () => {
    const told = it.events.length
    const socket = connect(it.server.port, '127.0.0.1')
    const head = 'POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\n'
    socket.write(`${head}content-type: application/json\r\ncontent-length: 50\r\n\r\n{`)
    await once(socket, 'connect')
    expect((await it.ask('/api/v1/health')).status).toBe(200)
    socket.destroy()
    await once(socket, 'close')
    for (let i = 0; i < 10; i++) await it.ask('/api/v1/health')
    expect(it.events.slice(told)).toEqual([])
  })

  test('names a request that failed in one line for the operator, and tells the client no more than its id', async () => {
    const lines: string[] = []
    const broken = {
      host: '127.0.0.1',
      clock: () => 0,
      tell: ({ text }: { text: string }) => lines.push(text),
      store: { sessions: { byHash: () => Promise.reject(new Error('no\nsuch table')) } },
    }
    const plane = controlPlane(broken as unknown as ControlContext, new Map())
    const headers = { host: 'localhost', cookie: `merlon_session=${'A'.repeat(43)}` }
    const answer = await plane.request('http://localhost/api/v1/keys?name=private', { headers })
    expect(answer.status).toBe(500)
    const { message, requestId } = await answer.json()
    expect(message).not.toContain('table')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^request \S+ \(GET "\/api\/v1\/keys"\) failed: no such table; at .+$/)
    expect(lines[0]).toContain(requestId)
  })

  test('shows a new key once, lists it without, and says in the log who made it', async () => {
    const created = await newKey(session)
    expect(created.key).toMatch(/^mln_/)
    const { keys } = await session.get<Reply<'GET /api/v1/keys'>>('/api/v1/keys')
    expect(keys.find(({ id }) => id === created.id)?.prefix).toBe(created.prefix)
    expect(JSON.stringify(keys)).not.toContain(created.key)
    const { records } = await session.get<Reply<'GET /api/v1/audit/records'>>(
      '/api/v1/audit/records?kind=key',
    )
    expect(records[0]?.summary).toBe(`API key caller (${created.prefix}...) created by operator`)
  })

  test('verifies the log on request, and the overview then says so', async () => {
    const posture = async () => {
      const overview = await session.get<Reply<'GET /api/v1/overview'>>('/api/v1/overview')
      return overview.posture.find(({ name }) => name === 'Audit log')?.state
    }
    const answer = await session.change('POST', '/api/v1/audit/verification')
    expect(answer.json()).toMatchObject({ verdict: 'whole', findings: [] })
    expect(await posture()).toBe('ok')
  })

  test('proves a record once a checkpoint covers it', async () => {
    await session.change('POST', '/api/v1/audit/verification')
    const proof =
      await session.get<Reply<'GET /api/v1/audit/records/:index'>>('/api/v1/audit/records/0')
    expect(proof.proof?.treeSize).toBeGreaterThan(0)
    expect(JSON.parse(proof.entry)).toMatchObject({ v: 1, kind: proof.kind })
  })
})

describe('the live view', () => {
  test('shows a decision as it happens, and ends with the server', async () => {
    const other = await served()
    const { cookie } = await logIn(other)
    const url = `${other.server.url}/api/v1/decisions/live`
    const response = await fetch(url, { headers: { cookie } })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toBe('event: beat\ndata: {}\n\n')

    await other.ask('/v2/models/tiny/infer', { method: 'POST', body: tinyBody() })
    const { value = '' } = await reader.read()
    const [, id, data = ''] = /^id: (\d+)\ndata: (.*)\n\n$/.exec(value) ?? []
    const decision = routes['GET /api/v1/decisions/live'].reply.strict().parse(JSON.parse(data))
    expect(decision).toMatchObject({ code: 'UNAUTHENTICATED', status: 401, auditIndex: Number(id) })

    const closing = other.server.close()
    expect((await reader.read()).done).toBe(true)
    await closing
  })

  test('is not held open by a request for its headers alone', async () => {
    const headers = { cookie: session.cookie }
    for (let i = 0; i <= limits.liveStreamsMax; i++) {
      const answer = await it.ask('/api/v1/decisions/live', { method: 'HEAD', headers })
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream'])
    }
  })

  test('ends with the session that opened it', async () => {
    const other = await served()
    const { cookie, change } = await logIn(other)
    const url = `${other.server.url}/api/v1/decisions/live`
    const body = (await fetch(url, { headers: { cookie } })).body!
    await change('DELETE', '/api/v1/session')
    await other.ask('/v2/models/tiny/infer', { method: 'POST', body: tinyBody() })
    const text = await new Response(body).text()
    expect(text).not.toContain('UNAUTHENTICATED')
    await other.server.close()
  })

  test('asks for a session', async () => {
    expect((await it.ask('/api/v1/decisions/live')).status).toBe(401)
  })
})
