import type { Decision } from '@merlon/api'
import { expect, test } from 'vitest'
import { DecisionFeed, type FeedWorld, limits, mergeDecisions } from './decision-feed.ts'

function decision(auditIndex: number): Decision {
  return {
    auditIndex,
    at: 1_000,
    requestId: `r${auditIndex}`,
    method: 'POST',
    path: '/v2/models/digits/infer',
    route: null,
    model: null,
    keyId: null,
    keyName: null,
    verdict: 'block',
    status: 401,
    code: 'UNAUTHENTICATED',
    reason: 'no key',
    requestBytes: 0,
    requestSha256: null,
    responseSha256: null,
    latencyMs: 0.2,
  }
}

/** A world in which time passes when the test says so. */
function world() {
  const waiting: { work: () => void; ms: number }[] = []
  const streams: { emit: (type: string, data?: unknown) => void; readyState: number }[] = []
  const refused = { times: 0 }
  const made: FeedWorld = {
    now: () => 42,
    later: (work, ms) => {
      const entry = { work, ms }
      waiting.push(entry)
      return () => waiting.splice(waiting.indexOf(entry), 1)
    },
    onRefused: () => {
      refused.times++
    },
    open: () => {
      const listeners = new Map<string, (event: { data?: unknown }) => void>()
      const stream = {
        readyState: 1,
        addEventListener: (type: string, listener: (event: { data?: unknown }) => void) =>
          void listeners.set(type, listener),
        close: () => undefined,
        emit: (type: string, data?: unknown) => listeners.get(type)?.({ data }),
      }
      streams.push(stream)
      return stream
    },
  }
  const pass = () => {
    for (const { work } of waiting.splice(0)) work()
  }
  return { made, streams, waiting, refused, pass }
}

test('decisions that arrive together are drawn together, newest first', () => {
  const { made, streams, pass } = world()
  const feed = new DecisionFeed(made)
  let drawn = 0
  feed.subscribe(() => drawn++)
  for (const index of [1, 2, 3]) streams[0]!.emit('message', JSON.stringify(decision(index)))
  expect(drawn).toBe(0)
  pass()
  expect(drawn).toBe(1)
  expect(feed.state().decisions.map(({ auditIndex }) => auditIndex)).toEqual([3, 2, 1])
})

test('a flood keeps the newest and no more than the limit', () => {
  const { made, streams, pass } = world()
  const feed = new DecisionFeed(made)
  for (let i = 0; i < limits.decisionsMax + 500; i++) {
    streams[0]!.emit('message', JSON.stringify(decision(i)))
  }
  pass()
  expect(feed.state().decisions).toHaveLength(limits.decisionsMax)
  expect(feed.state().decisions[0]!.auditIndex).toBe(limits.decisionsMax + 499)
})

test('what is not a decision is left out', () => {
  const { made, streams, pass } = world()
  const feed = new DecisionFeed(made)
  for (const data of ['{', '{}', '"x"', undefined]) streams[0]!.emit('message', data)
  streams[0]!.emit('message', JSON.stringify(decision(9)))
  pass()
  expect(feed.state().decisions).toHaveLength(1)
})

test('a broken connection says so and keeps what was heard', () => {
  const { made, streams, pass, waiting } = world()
  const feed = new DecisionFeed(made)
  streams[0]!.emit('open')
  expect(feed.state()).toMatchObject({ status: 'live', heardAt: 42 })
  streams[0]!.emit('message', JSON.stringify(decision(1)))
  pass()
  streams[0]!.readyState = 0
  streams[0]!.emit('error')
  expect(feed.state().status).toBe('reconnecting')
  expect(feed.state().decisions).toHaveLength(1)
  expect(waiting).toHaveLength(0)
})

test('a refused stream is tried again, ever more slowly, and the session is looked at', () => {
  const { made, streams, waiting, refused, pass } = world()
  new DecisionFeed(made)
  const waits: number[] = []
  for (let i = 0; i < 7; i++) {
    streams[i]!.readyState = 2
    streams[i]!.emit('error')
    waits.push(waiting[0]!.ms)
    pass()
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  expect(refused.times).toBe(7)
})

test('merging keeps each record once', () => {
  const merged = mergeDecisions([decision(3), decision(2)], [decision(2), decision(5)])
  expect(merged.map(({ auditIndex }) => auditIndex)).toEqual([5, 3, 2])
})
