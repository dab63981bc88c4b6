import { Buffer } from 'node:buffer'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { DecisionLog, DecisionReceipt, DecisionRecord } from './ports.ts'
import { gate, inferBody, keys, MemoryLog, serve, sumsBackend } from './served.test-support.ts'

const never = () => new Promise<void>(() => undefined)

/** A log whose promises the test settles. */
class SlowLog implements DecisionLog {
  readonly records: DecisionRecord[] = []
  readonly settle: { written: () => void; durable: () => void }[] = []

  append(record: DecisionRecord): DecisionReceipt {
    this.records.push(record)
    const written = gate()
    const durable = gate()
    this.settle.push({ written: written.open, durable: durable.open })
    return {
      index: this.records.length - 1,
      written: written.opened,
      durable: durable.opened,
    }
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}

/** Sends an inference and gives the bytes that have come back so far. */
function watch(port: number): () => number {
  let bytes = 0
  const body = inferBody()
  const socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk) => {
    bytes += chunk.length
  })
  socket.on('error', () => undefined)
  socket.write(
    `POST /v2/models/sums/infer HTTP/1.1\r\nhost: x\r\nx-api-key: ${keys.caller.key}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  return () => bytes
}

describe('an answer waits for its record', () => {
  test('to be written, and not for the disk', async () => {
    const log = new SlowLog()
    const { port } = await serve({ log })
    const received = watch(port)
    await until(() => log.records.length === 1)
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(received()).toBe(0)
    log.settle[0]?.written()
    await until(() => received() > 0)
  })

  test('to be on the disk in strict mode', async () => {
    const log = new SlowLog()
    const { port } = await serve({ log, isStrict: true })
    const received = watch(port)
    await until(() => log.records.length === 1)
    log.settle[0]?.written()
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(received()).toBe(0)
    log.settle[0]?.durable()
    await until(() => received() > 0)
  })
})

test('a record says to the microsecond how long the answer took, whatever the wall clock does', async () => {
  let tick = 5
  let now = 10_000
  const good = sumsBackend()
  const { infer, log } = await serve({
    clock: () => now,
    monotonic: () => tick,
    backend: sumsBackend({
      infer: (request, signal) => {
        tick += 0.43210987
        now -= 5_000
        return good.infer(request, signal)
      },
    }),
  })
  expect((await infer()).status).toBe(200)
  expect(log.last).toMatchObject({ at: 5_000, latencyMs: 0.432 })
})

describe('a log that fails', () => {
  const fails: readonly (readonly [string, boolean, () => DecisionReceipt])[] = [
    [
      'throws',
      false,
      () => {
        throw new Error('no space left')
      },
    ],
    [
      'cannot write',
      false,
      () => ({
        index: 0,
        written: Promise.reject(new Error('io')),
        durable: Promise.reject(new Error('io')),
      }),
    ],
    [
      'cannot sync in strict mode',
      true,
      () => ({ index: 0, written: Promise.resolve(), durable: Promise.reject(new Error('io')) }),
    ],
    ['never says', false, () => ({ index: 0, written: never(), durable: never() })],
  ]
  test.each(fails)(
    'because it %s lets nothing out until it works again',
    async (_, isStrict, fail) => {
      const memory = new MemoryLog()
      let isBroken = true
      const log: DecisionLog = { append: (record) => (isBroken ? fail() : memory.append(record)) }
      const { infer, ask, gateway } = await serve({ log, isStrict, limits: { auditMs: 30 } })
      for (const answer of [await infer(), await ask(), await infer({ body: '{' })]) {
        expect([answer.status, answer.json.code]).toEqual([503, 'AUDIT_UNAVAILABLE'])
        expect(answer.text).not.toContain('scores')
        expect(answer.headers['x-merlon-audit-index']).toBeUndefined()
      }
      expect(gateway.counts).toMatchObject({ passed: 0, blocked: 3 })
      expect(gateway.counts.lost).toBeGreaterThanOrEqual(3)
      isBroken = false
      expect((await infer()).status).toBe(200)
    },
  )

  test('to sync after the answer is counted', async () => {
    const log: DecisionLog = {
      append: () => ({
        index: 0,
        written: Promise.resolve(),
        durable: Promise.reject(new Error('io')),
      }),
    }
    const { infer, gateway } = await serve({ log })
    expect((await infer()).status).toBe(200)
    expect(gateway.counts.lost).toBe(1)
  })
})

describe('a flood of refusals', () => {
  const limits = { refusalRecordsBurst: 3, refusalRecordsPerSecond: 1 }

  test('has records of its own up to the rate, then an opening and a closing count', async () => {
    const { ask, infer, gateway, log, close } = await serve({ limits })
    const indexes: unknown[] = []
    for (let i = 0; i < 10; i++) indexes.push((await ask()).headers['x-merlon-audit-index'])
    expect(log.records.map(({ code }) => code)).toEqual([
      ...Array<string>(3).fill('UNAUTHENTICATED'),
      'REFUSALS_COUNTED',
    ])
    expect(indexes).toEqual(['0', '1', '2', ...Array<string>(7).fill('3')])
    expect((await infer()).status).toBe(200)
    expect(gateway.counts.blocked).toBe(10)
    await close()
    await gateway.drain()
    expect(log.last).toMatchObject({
      code: 'REFUSALS_COUNTED',
      answers: 6,
      address: '127.0.0.1',
      reason: '6 refusals of 127.0.0.1 in 0 ms had no record of their own: UNAUTHENTICATED 6',
    })
    const stoodFor = log.records.reduce((sum, { answers }) => sum + answers, 0)
    expect(stoodFor, 'ten refusals and one answer').toBe(11)
  })

  test('by a key over its rate is counted for the key', async () => {
    const { infer, log } = await serve({ limits, route: { burst: 1, requestsPerSecond: 1 } })
    for (let i = 0; i < 10; i++) await infer()
    expect(log.records.map(({ code }) => code)).toEqual([
      'OK',
      ...Array<string>(3).fill('RATE_LIMITED'),
      'REFUSALS_COUNTED',
    ])
    expect(log.last).toMatchObject({ keyId: 'k1', status: 429 })
  })

  test('from many addresses is bounded together', async () => {
    const { ask, log } = await serve({
      limits: { anonymousRecordsBurst: 2, anonymousRecordsPerSecond: 1 },
    })
    for (let i = 0; i < 5; i++) await ask()
    expect(log.records.map(({ code }) => code)).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
      'REFUSALS_COUNTED',
    ])
    expect(log.last.reason).toContain('many addresses')
  })

  test('is closed by itself after a while', async () => {
    const { ask, gateway, log } = await serve({
      limits: { ...limits, refusalRecordsBurst: 1, countingMs: 20 },
    })
    const closed = new Promise<void>((resolve) => {
      gateway.onDecision(({ method }) => {
        if (method === '-') resolve()
      })
    })
    for (let i = 0; i < 3; i++) await ask()
    await closed
    expect(log.last.answers).toBe(1)
  })

  test('of admitted requests is recorded one by one', async () => {
    const { infer, log } = await serve({ limits })
    for (let i = 0; i < 10; i++) await infer({ body: Buffer.from('{') })
    expect(log.records).toHaveLength(10)
    expect(log.records.every(({ code }) => code === 'BODY_NOT_JSON')).toBe(true)
  })

  test('whose opening cannot be recorded is refused 503, and recorded once the log works', async () => {
    const memory = new MemoryLog()
    let isBroken = false
    const log: DecisionLog = {
      append: (record) => {
        if (isBroken) throw new Error('full')
        return memory.append(record)
      },
    }
    const { ask } = await serve({ log, limits: { ...limits, refusalRecordsBurst: 1 } })
    await ask()
    isBroken = true
    expect((await ask()).status).toBe(503)
    isBroken = false
    expect((await ask()).status).toBe(401)
    expect(memory.last.code).toBe('REFUSALS_COUNTED')
  })
})
