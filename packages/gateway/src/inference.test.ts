import { describe, expect, test } from 'vitest'
import { serve, sumsBackend } from './served.test-support.ts'

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

  const count = { type: 'int64', shape: [1], data: BigInt64Array.of(1n) }
  test.each([
    ['no outputs', undefined, 'it gave no output "scores"'],
    [
      'a short output',
      { type: 'float32', shape: [1, 2], data: new Float32Array(1) },
      'does not fill its shape',
    ],
    [
      'a type that JSON lacks',
      { type: 'float16', shape: [1], data: new Uint16Array(1) },
      'is float16',
    ],
  ])('that answers %s is 500, and the record says so', async (_, scores, reason) => {
    const outputs = { ...(scores === undefined ? {} : { scores }), count }
    const { infer: post, log } = await serve({
      backend: sumsBackend({ infer: async () => ({ outputs }) }),
    })
    expect((await post()).json.code).toBe('BACKEND_FAILED')
    expect(log.last.reason).toContain(reason)
  })

  test('that answers NaN is held back', async () => {
    const scores = { type: 'float32', shape: [1, 2], data: Float32Array.of(1, Number.NaN) }
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
