import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inferBody, keys, rawTalk, serve, sumsBackend } from './served.test-support.ts'

const head = (more: string, path = '/v2/models/sums/infer') =>
  `POST ${path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer ${keys.caller.key}\r\n${more}\r\n\r\n`
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const statusesIn = (talk: string) =>
  [...talk.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, n]) => Number(n))

describe('a header field that stands twice', () => {
  const both = (first: string, second: string) =>
    `GET /v2 HTTP/1.1\r\nhost: test\r\nauthorization: Bearer ${first}\r\nauthorization: Bearer ${second}\r\nconnection: close\r\n\r\n`

  test.each([
    ['a good key and another', keys.caller.key, keys.revoked.key],
    ['another and a good key', keys.revoked.key, keys.caller.key],
  ])('does not leave it to the order whose request it is: %s', async (_, first, second) => {
    const { port, log } = await serve()
    expect(statusesIn(await rawTalk(port, both(first, second)))).toEqual([401])
    expect(log.last).toMatchObject({ code: 'KEY_MALFORMED', keyId: null })
  })
})

describe('a body', () => {
  test('declared too large is refused before a byte of it is read', async () => {
    const { port, infer, log } = await serve()
    const talk = await rawTalk(port, head('content-length: 99999999'))
    expect(statusesIn(talk)).toEqual([413])
    expect(talk).toMatch(/connection: close/i)
    expect(log.last).toMatchObject({ code: 'BODY_TOO_LARGE', requestBytes: 0, requestSha256: null })
    expect((await infer()).status).toBe(200)
  })

  test('declared too large is not even asked for when the client asks first', async () => {
    const { port } = await serve({ limits: { lingerMs: 10 } })
    const talk = await rawTalk(port, head('content-length: 99999999\r\nexpect: 100-continue'))
    expect(statusesIn(talk)).toEqual([413])
  })

  test('of the right size is asked for when the client asks first', async () => {
    const { port } = await serve()
    const body = inferBody()
    const more = `content-length: ${body.length}\r\nexpect: 100-continue\r\nconnection: close`
    const talk = await rawTalk(port, [head(more), body])
    expect(statusesIn(talk)).toEqual([100, 200])
  })

  test('in chunks is cut off at the bound, and the client that sends on still reads why', async () => {
    const { port, log, infer } = await serve()
    const talk = await rawTalk(port, [
      head('transfer-encoding: chunked'),
      ...Array<string>(64).fill(chunk(' '.repeat(4_096))),
    ])
    expect(statusesIn(talk)).toEqual([413])
    expect(talk).toContain('"code":"BODY_TOO_LARGE"')
    expect(log.last.code).toBe('BODY_TOO_LARGE')
    expect((await infer()).status).toBe(200)
  })

  test('in chunks of exactly the bound passes', async () => {
    const { port } = await serve()
    const body = inferBody().padEnd(4_096, ' ')
    const pieces = [body.slice(0, 1_000), body.slice(1_000)].map(chunk)
    const talk = await rawTalk(port, [
      head('transfer-encoding: chunked\r\nconnection: close'),
      ...pieces,
      '0\r\n\r\n',
    ])
    expect(statusesIn(talk)).toEqual([200])
  })

  test('that stalls is 408 after its deadline, and the connection is closed', async () => {
    const { port, log, infer } = await serve({ limits: { bodyMs: 30, lingerMs: 10 } })
    const talk = await rawTalk(port, [head('content-length: 100'), '{"inputs":'])
    expect(statusesIn(talk)).toEqual([408])
    expect(talk).toMatch(/connection: close/i)
    expect(log.last.code).toBe('BODY_TIMEOUT')
    expect((await infer()).status).toBe(200)
  })

  test.each([
    ['breaks off', 'content-length: 100', '{"inputs":'],
    ['has a malformed chunk', 'transfer-encoding: chunked', 'zz\r\n'],
  ])('that %s gets no answer but a record', async (_, more, piece) => {
    const { port, log, gateway, infer } = await serve()
    const talked = new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(port, '127.0.0.1')
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
      })
      socket.on('close', () => resolve(text))
      socket.on('error', () => undefined)
      // The body begins once the gateway reads it, which it says by asking for it.
      socket.write(head(`${more}\r\nexpect: 100-continue`))
      socket.once('data', () => socket.end(piece))
    })
    expect(statusesIn(await talked)).toEqual([100])
    const recorded = new Promise<void>((resolve) => {
      if (gateway.counts.blocked > 0) resolve()
      else gateway.onDecision(() => resolve())
    })
    await recorded
    expect(log.last).toMatchObject({ status: 499, code: 'CLIENT_GONE' })
    expect((await infer()).status).toBe(200)
  })

  test('of a refused request is read over when short, and the connection serves on', async () => {
    const { port } = await serve()
    const body = inferBody()
    const bad = head(`content-length: ${body.length}`, '/v2/models/none/infer') + body
    const good = head(`content-length: ${body.length}\r\nconnection: close`) + body
    expect(statusesIn(await rawTalk(port, bad + good))).toEqual([404, 200])
  })

  test('behind two hundred header fields is still bounded', async () => {
    const { port, log } = await serve({ limits: { lingerMs: 10 } })
    const many = Array.from({ length: 200 }, (_, i) => `x-${i}: 1`).join('\r\n')
    const talk = await rawTalk(port, [
      `POST /v2/models/sums/infer HTTP/1.1\r\nhost: x\r\n${many}\r\ntransfer-encoding: chunked\r\n\r\n`,
      chunk('x'),
    ])
    expect(statusesIn(talk)).toEqual([401])
    expect(log.last.code).toBe('UNAUTHENTICATED')
  })

  test('of a refused request that never comes does not hold the connection open', async () => {
    const { port } = await serve({ limits: { lingerMs: 10 } })
    const talk = await rawTalk(port, head('transfer-encoding: chunked', '/v2/models/none/infer'))
    expect(statusesIn(talk)).toEqual([404])
  })
})

describe('bytes that are no request', () => {
  test.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['no host', 'GET /v2 HTTP/1.1\r\n\r\n'],
    ['two lengths', head('content-length: 2\r\ncontent-length: 3')],
    ['a length and chunks', head('content-length: 2\r\ntransfer-encoding: chunked')],
    ['a length that is no number', head('content-length: +2')],
    ['a space before the colon', head('content-length : 2')],
    ['a bare line feed in the header', 'GET /v2 HTTP/1.1\nhost: test\n\n'],
    ['a folded header', 'GET /v2 HTTP/1.1\r\nhost: test\r\nx: a\r\n b\r\n\r\n'],
    ['chunked not last', head('transfer-encoding: chunked, gzip')],
  ])('such as %s are 400 and reach nobody', async (_, bytes) => {
    const { port, log, infer } = await serve()
    const talk = await rawTalk(port, bytes)
    expect(statusesIn(talk)).toEqual([400])
    expect(talk).toMatch(/connection: close/i)
    expect(log.records).toEqual([])
    expect((await infer()).status).toBe(200)
  })

  test('of any kind are 4xx or silence, and the server serves on', async () => {
    const { port, infer, log } = await serve()
    const piece = fc.oneof(
      fc.constantFrom(
        'GET ',
        '/v2',
        ' HTTP/1.1',
        '\r\n',
        'host: x',
        ':',
        'content-length: 1',
        ' ',
        '\0',
      ),
      fc.string({ maxLength: 4 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 20 }), async (pieces) => {
        const talk = await rawTalk(port, pieces.join(''), 'ends')
        for (const status of statusesIn(talk)) expect(Math.floor(status / 100)).toBe(4)
      }),
      { numRuns: 200 },
    )
    expect(log.records.every(({ verdict }) => verdict === 'block')).toBe(true)
    expect((await infer()).status).toBe(200)
  })

  test('such as a huge header are 431, and a header that just fits passes', async () => {
    const { port, infer } = await serve()
    const talk = await rawTalk(
      port,
      `GET /v2 HTTP/1.1\r\nhost: test\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    expect(statusesIn(talk)).toEqual([431])
    expect((await infer({ headers: { x: 'a'.repeat(12_000) } })).status).toBe(200)
  })

  test('behind a request that is being answered close the connection without a second answer', async () => {
    const { port, infer } = await serve({
      backend: sumsBackend({ infer: () => new Promise(() => undefined) }),
      limits: { inferMs: 50 },
    })
    const body = inferBody()
    const talk = await rawTalk(
      port,
      `${head(`content-length: ${body.length}`)}${body}garbage\r\n\r\n`,
    )
    expect(statusesIn(talk)).toEqual([])
    expect((await infer()).status).toBe(504)
  })

  test('that never end are 408', async () => {
    const { port } = await serve({ limits: { headersMs: 50, requestMs: 50 } })
    expect(statusesIn(await rawTalk(port, 'GET /v2 HTTP/1.1\r\nhost: te'))).toEqual([408])
  })

  test('give the place free also where the client does not close its side', async () => {
    const { port, infer } = await serve({
      limits: { headersMs: 50, requestMs: 50, connectionsMax: 1 },
    })
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => undefined)
    socket.write('GET /v2 HTTP/1.1\r\nhost: te')
    // Never reads, so that it never learns of the end.
    socket.pause()
    const served = () =>
      infer()
        .then(({ status }) => status)
        .catch(() => 0)
    await expect.poll(served, { timeout: 4_000 }).toBe(200)
    socket.destroy()
  })
})

describe('a client that leaves', () => {
  test('while the model works stops the work', async () => {
    let stopped: (() => void) | undefined
    const aborted = new Promise<void>((resolve) => {
      stopped = resolve
    })
    const { port, log, gateway } = await serve({
      backend: sumsBackend({
        infer: (_, signal) => {
          signal.addEventListener('abort', () => stopped?.())
          socket.destroy()
          return new Promise(() => undefined)
        },
      }),
    })
    const body = inferBody()
    const decided = new Promise((resolve) => gateway.onDecision(resolve))
    const socket = connect(port, '127.0.0.1')
    socket.write(head(`content-length: ${body.length}`) + body)
    await aborted
    await decided
    expect(log.last).toMatchObject({
      status: 499,
      code: 'CLIENT_GONE',
      responseSha256: expect.any(String),
    })
  })
})
