import { assert } from '@merlon/core'
import type { Decision } from '@merlon/gateway'
import type { SessionRow } from '@merlon/store'
import { limits } from '../limits.ts'
import type { ControlContext } from './control-context.ts'
import { ControlError } from './problem.ts'

const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
const beat = 'event: beat\ndata: {}\n\n'

/** The live views of a server, by what ends each. */
export class LiveViews {
  readonly #views = new Map<() => void, string>()

  get size(): number {
    return this.#views.size
  }

  add(stop: () => void, sessionHash: string): void {
    this.#views.set(stop, sessionHash)
  }

  has(stop: () => void): boolean {
    return this.#views.has(stop)
  }

  remove(stop: () => void): void {
    this.#views.delete(stop)
  }

  /** Ends the views of one session, or all. */
  end(sessionHash?: string): void {
    for (const [stop, hash] of [...this.#views]) {
      if (sessionHash === undefined || sessionHash === hash) stop()
    }
  }
}

/**
 * Decisions as they happen, as server-sent events; `beat` events in between say that the stream lives. It ends
 * with its session and with the server. A reader that is too slow is cut off, and comes back by itself.
 * @throws ControlError TOO_MANY_STREAMS
 */
export function liveDecisions({
  context,
  request,
  session,
}: {
  readonly context: ControlContext
  readonly request: Request
  readonly session: SessionRow | undefined
}): Response {
  assert(session !== undefined, 'the route asks for a session')
  const { gateway, store, liveViews } = context
  if (liveViews.size >= limits.liveStreamsMax) {
    throw new ControlError('TOO_MANY_STREAMS', `${limits.liveStreamsMax} live views are open`)
  }
  // Nothing would read, and so end, the stream of an answer without a body.
  if (request.method === 'HEAD') return new Response(null, { headers })
  let stop = () => {}
  const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const encoder = new TextEncoder()
    const send = (text: string) => {
      // desiredSize falls by one with each event that waits.
      if ((controller.desiredSize ?? 0) <= -limits.liveQueueMax) stop()
      else controller.enqueue(encoder.encode(text))
    }
    const off = gateway.onDecision((decision) => send(eventOf(decision)))
    const timer = setInterval(async () => {
      const known = await store.sessions.byHash(session.hash).catch(() => undefined)
      if (!liveViews.has(stop)) return
      if (known === undefined) stop()
      else send(beat)
    }, limits.liveHeartbeatMs)
    stop = () => {
      if (!liveViews.has(stop)) return
      liveViews.remove(stop)
      off()
      clearInterval(timer)
      controller.close()
    }
    liveViews.add(stop, session.hash)
    request.signal.addEventListener('abort', stop, { once: true })
    send(beat)
  }
  const queue = new CountQueuingStrategy({ highWaterMark: 0 })
  const body = new ReadableStream<Uint8Array>({ start, cancel: () => stop() }, queue)
  return new Response(body, { headers })
}

/** JSON has no bare line feed, so that hostile text cannot end the event early. */
function eventOf({ address: _, answers: __, ...decision }: Decision): string {
  return `id: ${decision.auditIndex}\ndata: ${JSON.stringify(decision)}\n\n`
}
