import type { Decision } from '@merlon/gateway'
import { limits } from '../limits.ts'
import type { ControlContext } from './control-context.ts'
import { ControlError } from './problem.ts'

const openStreams = new WeakMap<AbortSignal, { count: number }>()

/**
 * Decisions as they happen, as server-sent events; `beat` events in between say that the stream lives.
 * A reader that is too slow is cut off, and comes back by itself.
 * @throws ControlError TOO_MANY_STREAMS
 */
export function liveDecisions({
  context,
  request,
}: {
  readonly context: ControlContext
  readonly request: Request
}): Response {
  const streams = openStreams.get(context.closing) ?? { count: 0 }
  openStreams.set(context.closing, streams)
  if (streams.count >= limits.liveStreamsMax) {
    throw new ControlError('TOO_MANY_STREAMS', `${limits.liveStreamsMax} live views are open`)
  }
  streams.count += 1
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const encoder = new TextEncoder()
        const send = (text: string) => {
          // desiredSize falls by one with each event that waits.
          if ((controller.desiredSize ?? 0) <= -limits.liveQueueMax) return stop()
          controller.enqueue(encoder.encode(text))
        }
        const off = context.gateway.onDecision((decision) => send(eventOf(decision)))
        const beat = setInterval(() => send('event: beat\ndata: {}\n\n'), limits.liveHeartbeatMs)
        let isOpen = true
        stop = () => {
          if (!isOpen) return
          isOpen = false
          streams.count -= 1
          off()
          clearInterval(beat)
          request.signal.removeEventListener('abort', stop)
          context.closing.removeEventListener('abort', stop)
          controller.close()
        }
        request.signal.addEventListener('abort', stop, { once: true })
        context.closing.addEventListener('abort', stop, { once: true })
        send('event: beat\ndata: {}\n\n')
      },
      cancel: () => stop(),
    },
    new CountQueuingStrategy({ highWaterMark: 0 }),
  )
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

/** JSON has no bare line feed, so that hostile text cannot end the event early. */
function eventOf({ address: _, answers: __, ...decision }: Decision): string {
  return `id: ${decision.auditIndex}\ndata: ${JSON.stringify(decision)}\n\n`
}
