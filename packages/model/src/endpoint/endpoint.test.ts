import { seededRandom } from '@merlon/core'
import { row, rows, tensor } from '@merlon/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EngineError } from '../errors.ts'
import { EndpointConfig } from './endpoint-config.ts'
import { parseAnswer } from './parse-answer.ts'
import {
  answers,
  batch,
  fakeTime,
  type Handler,
  instances,
  json,
  plainConfig,
  refusal,
  scores,
  scoresOf,
  testServer,
  wanted,
} from './test-server.test-support.ts'

const at = testServer()

describe('a JSON endpoint', () => {
  test('is asked in batches and answers scores and labels', async () => {
    at.handle = answers
    const endpoint = await at.opened({ batch: 2 })
    expect(await scores(endpoint)).toEqual(wanted)
    expect([...(await endpoint.labels(batch))]).toEqual([2, 0, 2])
    expect(at.asked.map((body) => instances(body).length).sort()).toEqual([1, 1, 2, 2])
    expect(endpoint.usage).toEqual({ samples: 6, requests: 4, retries: 0, resumed: 0 })
  })

  test.each([
    ['a deep place', 'a.b[1].c', (s: number[][]) => ({ a: { b: [0, { c: s }] } })],
    ['an object for each sample', 'r[*].p', (s: number[][]) => ({ r: s.map((p) => ({ p })) })],
    ['the whole answer', '$', (s: number[][]) => s],
    ['one flat list', 'p', (s: number[][]) => ({ p: s.flat() })],
    [
      'scores by the names of classes, in any order',
      '$',
      (s: number[][]) => s.map(([a, b, c]) => ({ cow: c, ant: a, bee: b })),
    ],
  ])('is read at %s', async (_, path, shaped) => {
    at.handle = (body, __, response) => json(response, shaped(instances(body).map(scoresOf)))
    const mapping = { ...plainConfig.mapping, scores: path }
    expect(await scores(await at.opened({ mapping, classes: ['ant', 'bee', 'cow'] }))).toEqual(
      wanted,
    )
  })

  test('that takes one sample at a time gets nested lists of its shape', async () => {
    at.handle = (body, _, response) => {
      const { x } = JSON.parse(body) as { x: { picture: number[][] } }
      expect(x.picture.map(({ length }) => length)).toEqual([1, 1])
      json(response, scoresOf(x.picture.flat()))
    }
    const mapping = { request: { x: { picture: '$sample' }, top: 3 }, scores: '$' }
    const endpoint = await at.opened({ mapping, shape: [2, 1] })
    expect(await scores(endpoint, tensor([3, 2, 1], batch.data))).toEqual(wanted)
    expect(at.asked).toHaveLength(3)
  })

  test('that gives labels only has no scores to ask for', async () => {
    at.handle = (body, _, response) =>
      json(response, { labels: instances(body).map(([a]) => (a === 5 ? 'ant' : 'cow')) })
    const mapping = { request: { instances: '$samples' }, labels: 'labels' }
    const endpoint = await at.opened({ mapping, classes: ['ant', 'bee', 'cow'] })
    expect('scores' in endpoint).toBe(false)
    expect([...(await endpoint.labels(batch))]).toEqual([2, 0, 2])
  })

  test('is refused before it is asked where its entry does not say enough', async () => {
    expect(await refusal(at.opened({ mapping: undefined }))).toMatch(/^ENDPOINT_INVALID.*mapping/)
    expect(await refusal(at.opened({ shape: undefined }))).toMatch(/needs shape/)
    expect(await refusal(at.opened({ classes: undefined }))).toMatch(/needs classes/)
    const without = { mapping: { request: { instances: 1 }, scores: 'p' } }
    expect(await refusal(at.opened(without))).toMatch(/holds 0 of "\$samples"/)
    expect(EndpointConfig.safeParse({ url: 'http://a:b@c/' }).success).toBe(false)
    expect(EndpointConfig.safeParse({ url: 'file:///etc/passwd' }).success).toBe(false)
    expect(at.asked).toEqual([])
  })
})

describe('an Open Inference Protocol endpoint', () => {
  const metadata = {
    name: 'm',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [
      { name: 'label', datatype: 'INT64', shape: [-1] },
      { name: 'p', datatype: 'FP32', shape: [-1, 3] },
    ],
  }
  const oip = { protocol: 'oip', mapping: undefined, shape: undefined, classes: undefined }
  const serve =
    (described: unknown = metadata): Handler =>
    (body, { method, url: path }, response) => {
      if (method === 'GET') {
        expect(path).toBe('/v2/models/m')
        return json(response, described)
      }
      expect(path).toBe('/v2/models/m/infer')
      const { inputs, outputs } = JSON.parse(body)
      const [{ name, datatype, shape, data }] = inputs
      expect([name, datatype]).toEqual(['x', 'FP32'])
      const samples = tensor(shape, Float32Array.from(data))
      const all = Array.from({ length: rows(samples) }, (_, i) => scoresOf(row(samples, i)))
      const [{ name: wants }] = outputs
      const answered =
        wants === 'p'
          ? { name: 'p', datatype: 'FP32', shape: [all.length, 3], data: all.flat() }
          : { name: 'label', datatype: 'INT64', shape: [all.length], data: all.map(() => 1) }
      json(response, { outputs: [answered] })
    }

  test.each(['', '/', '/infer'])(
    'says itself what it takes and gives (address ending in "%s")',
    async (end) => {
      at.handle = serve()
      const endpoint = await at.opened({ ...oip, url: `${at.url}/v2/models/m${end}` })
      expect([endpoint.inputShape, endpoint.classes]).toEqual([[2], 3])
      expect(await scores(endpoint)).toEqual(wanted)
    },
  )

  test('gives labels where it has no scores, once it is said how many classes there are', async () => {
    at.handle = serve({ ...metadata, outputs: metadata.outputs.slice(0, 1) })
    const address = { ...oip, url: `${at.url}/v2/models/m` }
    expect(await refusal(at.opened(address))).toMatch(/^ENDPOINT_INVALID.*classes/)
    const endpoint = await at.opened({ ...address, classes: 3 })
    expect('scores' in endpoint).toBe(false)
    expect([...(await endpoint.labels(batch))]).toEqual([1, 1, 1])
  })

  test.each([
    ['no metadata', { error: 'x' }, /not the metadata/],
    [
      'an open sample shape',
      { ...metadata, inputs: [{ ...metadata.inputs[0], shape: [-1, -1] }] },
      /shape/,
    ],
    ['bytes', { ...metadata, inputs: [{ ...metadata.inputs[0], datatype: 'BYTES' }] }, /FP32/],
    ['two inputs', { ...metadata, inputs: [...metadata.inputs, ...metadata.inputs] }, /one input/],
  ])('with %s is refused', async (_, described, message) => {
    at.handle = serve(described)
    const outcome = await refusal(at.opened({ ...oip, url: `${at.url}/v2/models/m` }))
    expect(outcome).toMatch(/^ENDPOINT_(ANSWER_)?INVALID/)
    expect(outcome).toMatch(message)
  })
})

describe('a busy endpoint', () => {
  test('that answers 429 and 503 half of the time is asked again, and each answer counts once', async () => {
    const random = seededRandom(7)
    let refused = 0
    at.handle = (body, request, response) => {
      if (random() < 0.5) return answers(body, request, response)
      refused++
      response.statusCode = random() < 0.5 ? 429 : 503
      response.end('later')
    }
    const endpoint = await at.opened({ batch: 1, retries: 30 })
    const many = tensor(
      [60, 2],
      Float32Array.from({ length: 120 }, (_, i) => i / 8),
    )
    const found = await scores(endpoint, many)
    expect(found).toEqual(Array.from({ length: 60 }, (_, i) => scoresOf(row(many, i))).flat())
    expect(refused).toBeGreaterThan(20)
    expect(endpoint.usage).toEqual({ samples: 60, requests: 60, retries: refused, resumed: 0 })
  })

  test('is given the time that it asks for, in seconds or as a date', async () => {
    const { clock, wait, waits } = fakeTime()
    const date = new Date(Math.ceil(clock() / 1000) * 1000 + 90_000).toUTCString()
    const pauses = ['7', date]
    at.handle = (body, request, response) => {
      const pause = pauses.shift()
      if (pause === undefined) return answers(body, request, response)
      response.writeHead(429, { 'retry-after': pause }).end()
    }
    await scores(await at.opened({}, { clock, wait }))
    expect(waits[0]).toBeGreaterThanOrEqual(7000)
    expect(waits[0]).toBeLessThanOrEqual(7700)
    expect(waits[1]! / 1000).toBeGreaterThan(80)
  })

  test('that asks for an hour, or never answers well, ends the run with a code', async () => {
    at.handle = (_, __, response) => response.writeHead(503, { 'retry-after': '3600' }).end()
    expect(await refusal(scores(await at.opened()))).toMatch(/^ENDPOINT_BUSY.*3600 s/)
    at.handle = (_, __, response) => response.writeHead(500).end()
    const endpoint = await at.opened({ retries: 3 })
    expect(await refusal(scores(endpoint))).toMatch(/^ENDPOINT_BUSY.* 500 4 times/)
    expect(endpoint.usage).toMatchObject({ requests: 0, retries: 3, samples: 0 })
  })

  test('gets no more requests at once, and no more per second, than it was declared to take', async () => {
    let [now, most] = [0, 0]
    at.handle = (body, request, response) => {
      most = Math.max(most, ++now)
      setImmediate(() => {
        now--
        answers(body, request, response)
      })
    }
    const { clock, wait } = fakeTime()
    const start = clock()
    const many = tensor([40, 2], new Float32Array(80))
    await scores(await at.opened({ batch: 1, concurrency: 3, rate: 10 }, { clock, wait }), many)
    expect(most).toBeLessThanOrEqual(3)
    expect(clock() - start).toBeGreaterThanOrEqual(3899)
  })
})

test('an endpoint that finds a body too large gets fewer samples at once, until one alone is', async () => {
  at.handle = (body, request, response) =>
    instances(body).length > 2 ? response.writeHead(413).end() : answers(body, request, response)
  const many = tensor(
    [9, 2],
    Float32Array.from({ length: 18 }, (_, i) => i / 8),
  )
  const endpoint = await at.opened({ batch: 9 })
  const wantedOfMany = Array.from({ length: 9 }, (_, i) => scoresOf(row(many, i))).flat()
  expect(await scores(endpoint, many)).toEqual(wantedOfMany)
  expect(endpoint.usage).toMatchObject({ samples: 9, retries: 0 })
  at.handle = (_, __, response) => response.writeHead(413).end()
  expect(await refusal(scores(endpoint))).toMatch(/^ENDPOINT_REFUSED.* 413/)
})

describe('a refusal', () => {
  const key = 'sk-0123456789-very-secret'

  test.each([
    [401, /check its key/],
    [404, /check its address/],
    [302, /answered 302/],
  ])('of status %d is not repeated, and holds no secret', async (status, message) => {
    at.handle = (_, __, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(`no, ${key}`)
    const headers = () => ({ authorization: `Bearer ${key}` })
    const outcome = await refusal(
      scores(await at.opened({ url: `${at.url}/p?token=${key}` }, { headers })),
    )
    expect(outcome).toMatch(/^ENDPOINT_REFUSED/)
    expect(outcome).toMatch(message)
    expect(outcome).not.toContain(key)
    expect(at.asked).toHaveLength(1)
  })

  test('by nobody who listens is said as such', async () => {
    const gone = { url: 'http://127.0.0.1:1/', retries: 1 }
    expect(await refusal(scores(await at.opened(gone)))).toMatch(
      /^ENDPOINT_UNREACHABLE.*ECONNREFUSED/,
    )
  })

  test('of a header with a line end is ours', async () => {
    at.handle = answers
    const headers = () => ({ 'x-key': `${key}\r\nx-other: 1` })
    const outcome = await refusal(scores(await at.opened({}, { headers })))
    expect(outcome).toMatch(/^ENDPOINT_INVALID.*header/)
    expect(outcome).not.toContain(key)
  })
})

describe('a hostile answer', () => {
  test.each([
    ['no JSON', 'hello'],
    ['nothing at the path', '{"predictionz": [[1,2,3]]}'],
    ['a path of the prototype', '{"__proto__": {"predictions": [[1,2,3]]}}'],
    ['too few numbers', '{"predictions": [[1,2]]}'],
    ['too many numbers', '{"predictions": [[1,2,3],[1,2,3]]}'],
    ['a number beyond float32', '{"predictions": [[1,2,1e39]]}'],
    ['text for a number', '{"predictions": [[1,2,"3"]]}'],
    ['null', '{"predictions": [[1,2,null]]}'],
    ['deep nesting', `{"predictions": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['bytes that are no text', Buffer.of(0x7b, 0xff, 0x7d)],
  ])('of %s is refused', async (_, body) => {
    at.handle = (__, ___, response) => response.end(body)
    const one = tensor([1, 2], Float32Array.of(1, 2))
    expect(await refusal(scores(await at.opened(), one))).toMatch(/^ENDPOINT_ANSWER_INVALID/)
  })

  test('that never ends is cut off', async () => {
    at.handle = (_, __, response) => {
      const part = Buffer.alloc(2 ** 20, 0x20)
      const more = () => {
        while (!response.destroyed && response.write(part));
      }
      response.on('drain', more)
      more()
    }
    expect(await refusal(scores(await at.opened()))).toMatch(
      /^ENDPOINT_ANSWER_INVALID.*larger than/,
    )
  })

  test('of any bytes is a value or a coded error', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
      fc.string().map((text) => new TextEncoder().encode(text)),
    )
    fc.assert(
      fc.property(bytes, (answer) => {
        try {
          parseAnswer(answer)
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError)
        }
      }),
    )
  })
})

test('a run that is stopped stops waiting', async () => {
  at.handle = (_, __, response) => response.writeHead(503).end()
  const controller = new AbortController()
  const wait = async () => controller.abort(new Error('stopped'))
  const endpoint = await at.opened({}, { signal: controller.signal, wait, clock: () => 0 })
  await expect(scores(endpoint)).rejects.toThrow('stopped')
})
