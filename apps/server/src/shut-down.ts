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
  await gateway.drain()
  server.closeIdleConnections()
  const forced = setTimeout(() => server.closeAllConnections(), limits.drainMs)
  await stopped
  clearTimeout(forced)
  await closeParts(parts)
  await state.store.outbox.add({ kind: 'server', action: 'stopped', version })
  await recorder.outbox.deliver()
  await state.close()
  await withdrawServer(state.paths)
}
