import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { version } from '@merlon/core'
import { limits } from './limits.ts'
import { closeParts, type Parts } from './server-parts.ts'
import { withdrawServer } from './state/running-server.ts'

/**
 * In this order: no new connection, live views end, busy connections are answered and closed, requests in
 * flight finish, then what hangs on them.
 */
export async function shutDown(
  parts: Parts,
  server: Server,
  closing: AbortController,
): Promise<void> {
  const { state, recorder, gateway } = parts
  closing.abort()
  const stopped = new Promise<void>((resolve) => {
    // Not http's own close: it cuts idle connections at once, on which a request may be on its way.
    NetServer.prototype.close.call(server, () => resolve())
  })
  await pause(limits.drainGraceMs)
  server.closeIdleConnections()
  // At the same time as the gateway's own bound: a client that sends half a request holds up nobody twice.
  const late = pause(limits.drainMs, undefined, { ref: false })
  await gateway.drain()
  server.closeIdleConnections()
  await Promise.race([stopped, late])
  server.closeAllConnections()
  await stopped
  try {
    await closeParts(parts)
    await state.store.outbox.add({ kind: 'server', action: 'stopped', version })
    await recorder.outbox.deliver()
  } finally {
    // Also where the disk is full: the lock is given up and nobody is pointed to a server that is gone.
    await state.close().finally(() => withdrawServer(state.paths))
  }
}
