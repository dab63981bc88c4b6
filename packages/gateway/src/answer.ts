import type { IncomingMessage, ServerResponse } from 'node:http'
import type { VerdictKind } from '@merlon/core'
import { type GatewayCode, GatewayError, statuses } from './gateway-error.ts'
import type { GatewayLimits } from './limits.ts'

/** What goes back, decided and complete before its first byte. */
export interface Answer {
  readonly status: number
  readonly code: GatewayCode
  readonly verdict: VerdictKind
  /** For the audit record. */
  readonly reason: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** An answer that lets something out: a value as JSON, or a text that is JSON already. */
export function passed(
  body: unknown,
  { reason = 'allowed', verdict = 'pass', status = 200 }: Partial<Answer> = {},
): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, code: 'OK', verdict, reason, body: text, headers: {} }
}

/** A refusal as the protocol writes it: `error` is a sentence, `code` is for programs. */
export function refused(error: GatewayError): Answer {
  const { code, message } = error.shown
  return {
    status: statuses[error.code],
    code: error.code,
    verdict: 'block',
    reason: error.message,
    body: JSON.stringify({ error: message, code }),
    headers: error.headers,
  }
}

/** Whatever was thrown, as a refusal; what is not a refusal is our own bug and says nothing to the client. */
export function refusalOf(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const why = thrown instanceof Error ? thrown.message : 'something that is no error was thrown'
  return new GatewayError('INTERNAL', `the gateway failed: ${why}`, {
    cause: thrown,
    shown: { code: 'INTERNAL', message: 'the gateway failed; its audit log says more' },
  })
}

/** Headers of every answer: nothing is cached, nothing is sniffed. */
const always = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const

/** Writes an answer. A request whose body is still on its way is refused with the connection. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
  limits: GatewayLimits,
): void {
  if (response.destroyed) return
  const lingers = !canFinish(request, limits)
  response.writeHead(answer.status, {
    ...always,
    ...answer.headers,
    ...headers,
    ...(answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(answer.body)) }),
    ...(lingers ? { connection: 'close' } : {}),
  })
  const body = request.method === 'HEAD' || answer.status === 204 ? undefined : answer.body
  if (!lingers) {
    response.end(body)
    return
  }
  // The whole answer first: the client knows by its length that nothing follows.
  if (body === undefined) response.flushHeaders()
  else response.write(body)
  linger(request, response, limits)
}

/** Is the rest of the request so short that it can be read to keep the connection? */
function canFinish(request: IncomingMessage, { lingerBytesMax }: GatewayLimits): boolean {
  if (request.complete) return true
  // Node reads the rest by itself only where nobody has begun to.
  if (request.readableFlowing !== null) return false
  if (request.headers['transfer-encoding'] !== undefined) return false
  if (request.headers.expect !== undefined) return false
  return Number(request.headers['content-length'] ?? 0) <= lingerBytesMax
}

/**
 * Closing at once would reset the connection under a client that still sends, and lose the answer that it
 * has not read yet. So a little more is read and thrown away, bounded in bytes and time.
 */
function linger(request: IncomingMessage, response: ServerResponse, limits: GatewayLimits): void {
  let bytes = 0
  const finish = () => {
    clearTimeout(timer)
    request.removeListener('data', count)
    response.end()
  }
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limits.lingerBytesMax) finish()
  }
  const timer = setTimeout(finish, limits.lingerMs)
  request.on('data', count)
  request.once('end', finish)
  request.once('close', finish)
  request.resume()
}
