import { Agent } from 'node:http'
import { describe, expect, test } from 'vitest'
import { gate, MemoryLog, serve, sumsBackend } from './served.test-support.ts'

describe('a drain', () => {
  test('lets what is in flight finish, says close, and resolves', async () => {
    const begun = gate()
    const go = gate()
    const good = sumsBackend()
    const { infer, gateway, close, log } = await serve({
      backend: sumsBackend({
        infer: async (request, signal) => {
          begun.open()
          await go.opened
          return good.infer(request, signal)
        },
      }),
    })
    const agent = new Agent({ keepAlive: true })
    const inFlight = infer({ agent })
    await begun.opened
    const closed = close()
    const drained = gateway.drain()
    expect(gateway.inFlight).toBe(1)
    expect(gateway.drain()).toBe(drained)
    go.open()
    const { status, headers } = await inFlight
    expect([status, headers.connection]).toEqual([200, 'close'])
    await Promise.all([drained, closed])
    expect(gateway.inFlight).toBe(0)
    expect(log.records).toHaveLength(1)
  })

  test('stops what does not finish in time with 503, on the record', async () => {
    const begun = gate()
    const { infer, gateway, close, log } = await serve({
      backend: sumsBackend({
        infer: () => {
          begun.open()
          return new Promise(() => undefined)
        },
      }),
      limits: { drainMs: 20 },
    })
    const inFlight = infer()
    await begun.opened
    const closed = close()
    await gateway.drain()
    const { status, json } = await inFlight
    expect([status, json.code]).toEqual([503, 'DRAINING'])
    expect(log.last.code).toBe('DRAINING')
    await closed
  })

  test('turns readiness off, so that a balancer looks elsewhere', async () => {
    const begun = gate()
    const go = gate()
    const good = sumsBackend()
    const { infer, ask, gateway } = await serve({
      backend: sumsBackend({
        infer: async (request, signal) => {
          begun.open()
          await go.opened
          return good.infer(request, signal)
        },
      }),
    })
    expect((await ask({ path: '/v2/health/ready' })).status).toBe(200)
    const inFlight = infer()
    await begun.opened
    const drained = gateway.drain()
    const { status, headers } = await ask({ path: '/v2/health/ready' })
    expect([status, headers.connection]).toEqual([503, 'close'])
    go.open()
    await Promise.all([inFlight, drained])
  })

  test('is not the only reason to be passed over: a log that takes nothing is one too', async () => {
    let isOpen = true
    const log = new MemoryLog()
    const { ask } = await serve({
      log: {
        append: (record) => log.append(record),
        get isOpen() {
          return isOpen
        },
      },
    })
    expect((await ask({ path: '/v2/health/ready' })).status).toBe(200)
    isOpen = false
    expect((await ask({ path: '/v2/health/ready' })).status).toBe(503)
    expect((await ask({ path: '/v2/health/live' })).status).toBe(200)
  })

  test('of an idle gateway is immediate', async () => {
    const { gateway } = await serve()
    await gateway.drain()
    expect(gateway.isDraining).toBe(true)
  })
})
