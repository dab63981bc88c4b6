import { describe, expect, test } from 'vitest'
import type { Filter } from './filter.ts'
import type { InferReply, InferRequest } from './ports.ts'
import { inferBody, serve } from './served.test-support.ts'

const throwing = (onFailure: 'block' | 'pass'): Filter<InferRequest> => ({
  name: 'broken',
  onFailure,
  inspect: () => {
    throw new Error('its dictionary at /secret is gone')
  },
})

const notNegative: Filter<InferRequest> = {
  name: 'not-negative',
  onFailure: 'block',
  inspect: ({ inputs }) =>
    inputs.input!.data.some((value) => value < 0)
      ? { kind: 'block', reason: 'a pixel is negative' }
      : { kind: 'pass' },
}

describe('a request filter', () => {
  test('blocks what it should and lets the twin through', async () => {
    const { infer, log } = await serve({ filters: { request: [notNegative] } })
    const blocked = await infer({ body: inferBody({ data: [1, -1, 0, 0] }) })
    expect([blocked.status, blocked.json]).toEqual([
      403,
      { code: 'FILTER_BLOCKED', error: 'a pixel is negative' },
    ])
    expect(log.last).toMatchObject({ verdict: 'block', code: 'FILTER_BLOCKED' })
    expect((await infer({ body: inferBody({ data: [1, 0, 0, 0] }) })).status).toBe(200)
  })

  test('that breaks blocks where it says so, and tells the client nothing', async () => {
    const { infer, log } = await serve({ filters: { request: [throwing('block')] } })
    const { status, json, text } = await infer()
    expect([status, json.code]).toEqual([500, 'FILTER_FAILED'])
    expect(text).not.toContain('secret')
    expect(log.last.reason).toBe('filter broken failed: its dictionary at /secret is gone')
  })

  test('that breaks passes only where it says so, and the record asks for review', async () => {
    const { infer, log } = await serve({ filters: { request: [throwing('pass')] } })
    expect((await infer()).status).toBe(200)
    expect(log.last.verdict).toBe('review')
    expect(log.last.reason).toMatch(/^broken: failed, and lets through by its own rule/)
  })

  test('that rejects or hangs does not let through either', async () => {
    const rejecting: Filter<InferRequest> = {
      name: 'rejecting',
      onFailure: 'block',
      inspect: () => Promise.reject(new Error('gone')),
    }
    const hanging: Filter<InferRequest> = {
      name: 'hanging',
      onFailure: 'pass',
      inspect: () => new Promise(() => undefined),
    }
    const one = await serve({ filters: { request: [rejecting] } })
    expect((await one.infer()).status).toBe(500)
    const other = await serve({ filters: { request: [hanging] }, limits: { inferMs: 20 } })
    expect((await other.infer()).status).toBe(504)
  })

  test('may rewrite what the model sees', async () => {
    const zeroing: Filter<InferRequest> = {
      name: 'zeroing',
      onFailure: 'block',
      inspect: ({ inputs }) => {
        const input = { ...inputs.input!, data: new Float32Array(4) }
        return { kind: 'rewrite', body: { inputs: { input } }, reason: 'set to zero' }
      },
    }
    const { infer, log } = await serve({ filters: { request: [zeroing] } })
    const { json } = await infer()
    expect(JSON.stringify(json)).toContain('"data":[0,0]')
    expect(log.last).toMatchObject({ verdict: 'rewrite', reason: 'zeroing: set to zero' })
  })
})

describe('a reply filter', () => {
  const noCount: Filter<InferReply> = {
    name: 'no-count',
    onFailure: 'block',
    inspect: ({ outputs }) =>
      'count' in outputs
        ? { kind: 'block', reason: 'the count 42 must not leave' }
        : { kind: 'pass' },
  }

  test('holds back an answer without saying what was in it', async () => {
    const { infer, log } = await serve({ filters: { reply: [noCount] } })
    const { status, json, text } = await infer()
    expect([status, json.code]).toEqual([403, 'FILTER_BLOCKED'])
    expect(text).not.toMatch(/42|scores/)
    expect(log.last.reason).toBe('the count 42 must not leave')
  })

  test('that makes an answer invalid is caught', async () => {
    const emptying: Filter<InferReply> = {
      name: 'emptying',
      onFailure: 'block',
      inspect: () => ({ kind: 'rewrite', body: { outputs: {} }, reason: 'emptied' }),
    }
    const { infer } = await serve({ filters: { reply: [emptying] } })
    expect((await infer()).json.code).toBe('BACKEND_FAILED')
  })
})
