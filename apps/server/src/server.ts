import { createServer, type Server } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import { type Clock, version } from '@merlon/core'
import { randomToken } from '@merlon/crypto'
import { configureServer, serverOptions } from '@merlon/gateway'
import { bind, urlHost } from './bind.ts'
import type { Settings } from './config/settings.ts'
import { installedConsole, readConsoleFiles } from './control/console-files.ts'
import type { ControlContext } from './control/control-context.ts'
import { controlPlane } from './control/control-plane.ts'
import { LiveViews } from './control/live-decisions.ts'
import { ControlError, failureText, problemAnswer } from './control/problem.ts'
import { securityHeaders } from './control/security-headers.ts'
import { createLoginToken, loginUrl } from './control/sessions.ts'
import { type Tell, warn } from './server-event.ts'
import { closeParts, openParts, type Parts } from './server-parts.ts'
import { shutDown } from './shut-down.ts'
import { announceServer } from './state/running-server.ts'
import { openState, type State } from './state/state.ts'

export interface ServerOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly tell: Tell
  /** The built console; the installed one unless given. */
  readonly consoleDir?: string
  /** Whether SIGTERM and SIGINT close the server; true unless given. */
  readonly handleSignals?: boolean
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string
  readonly port: number
  /** Logs one browser in, once, within 15 minutes. */
  readonly loginUrl: string
  readonly loginExpiresAt: number
  /** Settles when it has stopped, for whatever reason. */
  readonly closed: Promise<void>
  /** Stops listening, lets requests in flight finish, writes what is left to write. */
  close(): Promise<void>
}

/**
 * Starts gateway, control API and console on one address.
 * @throws ServerError ALREADY_RUNNING, ADDRESS_IN_USE, STATE_UNUSABLE, WORKER_CRASHED;
 *   ModelRefusal with the engine's code; StoreError; AuditError; CryptoError
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, clock, tell } = options
  const state = await openState(settings, { clock, audit: 'write', onProblem: warn(tell) })
  try {
    return await serveState(state, options)
  } catch (cause) {
    await state.close()
    throw cause
  }
}

/** Serves a state that is open already; it closes with the server. */
export async function serveState(state: State, options: ServerOptions): Promise<RunningServer> {
  const parts = await openParts(state, options)
  try {
    return await listen(parts, options)
  } catch (cause) {
    await closeParts(parts)
    throw cause
  }
}

async function listen(parts: Parts, options: ServerOptions): Promise<RunningServer> {
  const { state, recorder } = parts
  const { settings, clock, tell, consoleDir = installedConsole(), handleSignals = true } = options
  const files = await readConsoleFiles(consoleDir)
  const closing = new AbortController()
  let url = ''
  const liveViews = new LiveViews()
  closing.signal.addEventListener('abort', () => liveViews.end())
  const context = contextOf(parts, options, () => url, liveViews)
  const control = controlPlane(context, files)
  const server = createServer(serverOptions())
  answerOn(server, parts, control, { tell, closing: closing.signal })
  configureServer(server)
  const port = await bind(server, settings)
  url = settings.url?.replace(/\/+$/, '') ?? `http://${urlHost(settings.host)}:${port}`
  await announceServer(state.paths, { pid: process.pid, url, startedAt: clock() })
  await state.store.outbox.add({ kind: 'server', action: 'started', version, url })
  await recorder.outbox.deliver()
  const { token, expiresAt } = await createLoginToken(state.store, clock)
  const { closed, close } = closer(() => shutDown(parts, server, closing), handleSignals)
  return { url, port, loginUrl: loginUrl(url, token), loginExpiresAt: expiresAt, closed, close }
}

/** The data plane takes its requests raw; the rest of the address is the control plane's. */
function answerOn(
  server: Server,
  { gateway }: Parts,
  control: ReturnType<typeof controlPlane>,
  { tell, closing }: { readonly tell: Tell; readonly closing: AbortSignal },
): void {
  const answerControl = getRequestListener(
    (request, env) => {
      const socket = 'incoming' in env ? env.incoming.socket : undefined
      return control.fetch(request, { address: socket?.remoteAddress ?? 'unknown' })
    },
    { errorHandler: (cause) => outerAnswer(cause, tell) },
  )
  server.on('request', (request, response) => {
    // An open connection that is used now is answered, and told not to be used again.
    if (closing.aborted) response.setHeader('connection', 'close')
    if (isGatewayPath(request.url ?? '')) gateway.handle(request, response)
    else void answerControl(request, response)
  })
}

/** What no route could answer: a request line or Host that is no URL, or a mistake around the routes. */
function outerAnswer(cause: unknown, tell: Tell): Response {
  const requestId = randomToken(9)
  const isMalformed = cause instanceof RequestError
  if (!isMalformed) {
    tell({ kind: 'warning', text: `request ${requestId} failed: ${failureText(cause)}` })
  }
  const refusal = new ControlError(
    'REQUEST_INVALID',
    'the path or the Host header is no part of a URL',
  )
  const response = problemAnswer(isMalformed ? refusal : cause, requestId)
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value)
  return response
}

function isGatewayPath(url: string): boolean {
  return url === '/v2' || url.startsWith('/v2/') || url.startsWith('/v2?')
}

/** One end, however often and by whomever it is asked for. */
function closer(
  shutDownOnce: () => Promise<void>,
  handleSignals: boolean,
): Pick<RunningServer, 'closed' | 'close'> {
  const signals = handleSignals ? (['SIGTERM', 'SIGINT'] as const) : []
  let resolve = () => {}
  let reject: (cause: unknown) => void = () => {}
  const closed = new Promise<void>((...settle) => {
    ;[resolve, reject] = settle
  })
  // Nobody has to wait for it: who closes hears of a failure by that promise.
  closed.catch(() => undefined)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= shutDownOnce().finally(() => {
      for (const signal of signals) process.removeListener(signal, onSignal)
    })
    closing.then(resolve, reject)
    return closing
  }
  const onSignal = () => {
    // `closed` tells who waits for the server how it ended.
    close().catch(() => undefined)
  }
  for (const signal of signals) process.on(signal, onSignal)
  return { closed, close }
}

function contextOf(
  parts: Parts,
  { settings, clock, tell }: ServerOptions,
  url: () => string,
  liveViews: LiveViews,
): ControlContext {
  const { state, recorder, gateway, policy, projection, auditWatch } = parts
  return {
    state,
    store: state.store,
    recorder,
    gateway,
    policy,
    projection,
    config: settings.config,
    clock,
    tell,
    stateDir: settings.stateDir,
    host: settings.host,
    url,
    publicUrl: settings.url,
    isSecure: settings.url?.startsWith('https:') ?? false,
    startedAt: clock(),
    auditWatch,
    liveViews,
  }
}
