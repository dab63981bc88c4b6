import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { limits as defaults, type GatewayLimits } from './limits.ts'

/** What `http.createServer` has to be told; the rest is `configureServer`'s. */
export function serverOptions(limits: GatewayLimits = defaults): ServerOptions {
  return {
    // A lenient parser is how requests are smuggled past a front.
    insecureHTTPParser: false,
    requireHostHeader: true,
    // Node would keep the first of two Authorization headers; something in front may have judged the second.
    joinDuplicateHeaders: true,
    maxHeaderSize: limits.headerBytesMax,
    // How often node looks for connections that are past `headersMs` or `requestMs`.
    connectionsCheckingInterval: 1_000,
    noDelay: true,
  }
}

/**
 * Bounds and error answers of a server that carries the gateway. What cannot be read as HTTP is no request: it is
 * answered here, reaches no listener and leaves no record.
 */
export function configureServer(server: Server, limits: GatewayLimits = defaults): void {
  server.headersTimeout = limits.headersMs
  server.requestTimeout = limits.requestMs
  server.keepAliveTimeout = limits.keepAliveMs
  server.timeout = limits.silenceMs
  // Node drops the fields beyond a count without a word, and with them what frames a body; their bytes are bounded.
  server.maxHeadersCount = 0
  server.maxConnections = limits.connectionsMax
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax
  const busy = new WeakSet<Duplex>()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    busy.add(request.socket)
    response.once('close', () => busy.delete(request.socket))
  })
  // Without this node would ask for the body before anyone looked at the key.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // In the middle of an exchange an answer of ours would be read as part of another one.
    if (busy.has(socket) || !socket.writable || error.code === 'ECONNRESET') socket.destroy()
    else endSoon(socket, rawAnswer(error.code ?? ''), limits.lingerMs)
  })
}

/** A client that never closes its side would keep its place among the connections. */
function endSoon(socket: Duplex, answer: string, lingerMs: number): void {
  socket.end(answer)
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

interface RawAnswer {
  readonly status: string
  readonly code: string
  readonly message: string
}

const malformed: RawAnswer = {
  status: '400 Bad Request',
  code: 'HTTP_MALFORMED',
  message: 'the bytes that came are no HTTP request',
}

/** By node's code for what its parser met. */
const rawAnswers: Readonly<Record<string, RawAnswer>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'HEADERS_TOO_LARGE',
    message: 'the header of the request is too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'REQUEST_TIMEOUT',
    message: 'the request did not arrive in time',
  },
}

function rawAnswer(nodeCode: string): string {
  const { status, code, message } = rawAnswers[nodeCode] ?? malformed
  const body = JSON.stringify({ error: message, code })
  return [
    `HTTP/1.1 ${status}`,
    'connection: close',
    'content-type: application/json',
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
