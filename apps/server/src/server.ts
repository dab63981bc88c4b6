import { createServer, type Server } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import type { AuditVerification } from '@merlon/audit'
import { type Clock, version } from '@merlon/core'
import {
  type Backend,
  configureServer,
  createGateway,
  type DecisionLog,
  type Gateway,
  routePolicies,
  serverOptions,
} from '@merlon/gateway'
import type { Settings } from './config/settings.ts'
import { installedConsole, readConsoleFiles } from './control/console-files.ts'
import type { ControlContext } from './control/control-context.ts'
import { controlPlane } from './control/control-plane.ts'
import { createLoginToken, loginUrl } from './control/sessions.ts'
import type { ModelWorker } from './inference/model-worker.ts'
import { onnxBackend } from './inference/onnx-backend.ts'
import { openRegistered } from './inference/register-model.ts'
import { limits } from './limits.ts'
import { ServerError } from './server-error.ts'
import { type Tell, warn } from './server-event.ts'
import { Policy } from './state/policy.ts'
import { Projection } from './state/projection.ts'
import { announceServer, runningServer, withdrawServer } from './state/running-server.ts'
import { openState, type Recorder, type State } from './state/state.ts'
import { statePaths } from './state/state-paths.ts'

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
  /** Resolves when it has stopped, for whatever reason. */
  readonly closed: Promise<void>
  /** Stops listening, lets requests in flight finish, writes what is left to write. */
  close(): Promise<void>
}

/**
 * Starts gateway, control API and console on one address.
 * @throws ServerError ALREADY_RUNNING, ADDRESS_IN_USE, STATE_UNUSABLE, WORKER_CRASHED; StoreError; AuditError; EngineError's codes
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

/**
 * A new login link for the server that runs on this state.
 * @throws ServerError NOT_RUNNING
 */
export async function freshLogin(
  settings: Settings,
  clock: Clock,
): Promise<{ readonly url: string; readonly expiresAt: number }> {
  const running = await runningServer(statePaths(settings.stateDir))
  if (running === undefined) {
    throw new ServerError(
      'NOT_RUNNING',
      `no server runs on ${settings.stateDir}; "merlon start" does`,
    )
  }
  const state = await openState(settings, { clock, audit: 'none' })
  try {
    const { token, expiresAt } = await createLoginToken(state.store, clock)
    return { url: loginUrl(settings.url ?? running.url, token), expiresAt }
  } finally {
    await state.close()
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

interface Parts {
  readonly state: State
  readonly recorder: Recorder
  readonly workers: readonly ModelWorker[]
  readonly policy: Policy
  readonly projection: Projection
  readonly gateway: Gateway
  readonly outboxTimer: NodeJS.Timeout
}

async function openParts(state: State, { settings, clock, tell }: ServerOptions): Promise<Parts> {
  const { store, recorder } = state
  const { config } = settings
  if (recorder === undefined) throw new Error('bug: a server writes its audit log')
  await store.assessments.interruptRunning()
  await store.sessions.prune()
  const workers: ModelWorker[] = []
  try {
    const backends = new Map<string, Backend>()
    for (const [name, model] of Object.entries(config.models)) {
      const { worker } = await openRegistered(state, name, model)
      workers.push(worker)
      backends.set(name, onnxBackend(worker))
    }
    const policy = await Policy.open(store, routePolicies(config.routes), tell)
    const projection = await Projection.open(store, recorder.log, recorder.verifierKey, tell)
    const gateway = createGateway({
      snapshot: () => policy.snapshot,
      backends,
      log: decisionLog(recorder),
      clock,
      isStrict: config.audit.strict,
    })
    gateway.onDecision((decision) => projection.add(decision))
    const outboxTimer = setInterval(() => deliver(recorder, tell), limits.outboxPollMs)
    outboxTimer.unref()
    return { state, recorder, workers, policy, projection, gateway, outboxTimer }
  } catch (cause) {
    await Promise.all(workers.map((worker) => worker.close()))
    throw cause
  }
}

/** The audit log as the gateway's port. */
function decisionLog({ log }: Recorder): DecisionLog {
  return { append: (decision) => log.append({ ...decision, kind: 'decision' }) }
}

function deliver({ outbox }: Recorder, tell: Tell): void {
  outbox.deliver().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    tell({ kind: 'warning', text: `changes are not in the audit log yet: ${why}` })
  })
}

async function closeParts(parts: Parts): Promise<void> {
  clearInterval(parts.outboxTimer)
  await parts.policy.close()
  await parts.projection.close()
  await Promise.all(parts.workers.map((worker) => worker.close()))
}

async function listen(parts: Parts, options: ServerOptions): Promise<RunningServer> {
  const { state, recorder, gateway } = parts
  const { settings, clock, consoleDir = installedConsole(), handleSignals = true } = options
  const closing = new AbortController()
  const files = await readConsoleFiles(consoleDir)
  let url = ''
  const context = contextOf(parts, options, () => url, closing.signal)
  const control = controlPlane(context, files)
  const answerControl = getRequestListener((request, env) => {
    const socket = 'incoming' in env ? env.incoming.socket : undefined
    return control.fetch(request, { address: socket?.remoteAddress ?? 'unknown' })
  })
  const server = createServer(serverOptions(), (request, response) => {
    // An open connection that is used now is answered, and told not to be used again.
    if (closing.signal.aborted) response.setHeader('connection', 'close')
    if (isGatewayPath(request.url ?? '')) gateway.handle(request, response)
    else void answerControl(request, response)
  })
  configureServer(server)
  const port = await bind(server, settings)
  url = settings.url ?? `http://${urlHost(settings.host)}:${port}`
  await announceServer(state.paths, { pid: process.pid, url, startedAt: clock() })
  await state.store.outbox.add({ kind: 'server', action: 'started', version, url })
  await recorder.outbox.deliver()
  const { token, expiresAt } = await createLoginToken(state.store, clock)

  let closed: Promise<void> | undefined
  let settle = () => {}
  let fail: (cause: unknown) => void = () => {}
  const whenClosed = new Promise<void>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  const onSignal = () => void close().catch(() => undefined)
  const close = (): Promise<void> => {
    closed ??= shutDown(parts, server, closing).finally(() => {
      process.removeListener('SIGTERM', onSignal)
      process.removeListener('SIGINT', onSignal)
    })
    closed.then(settle, fail)
    return closed
  }
  if (handleSignals) for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, onSignal)
  return {
    url,
    port,
    loginUrl: loginUrl(url, token),
    loginExpiresAt: expiresAt,
    closed: whenClosed,
    close,
  }
}

function contextOf(
  parts: Parts,
  { settings, clock, tell }: ServerOptions,
  url: () => string,
  closing: AbortSignal,
): ControlContext {
  const { state, recorder, gateway, policy, projection } = parts
  let verification: AuditVerification | undefined
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
    lastVerification: () => verification,
    noteVerification: (result) => {
      verification = result
    },
    closing,
  }
}

/**
 * In this order: no new connection, live views end, busy connections are answered and closed, requests in
 * flight finish, then what hangs on them.
 */
async function shutDown(parts: Parts, server: Server, closing: AbortController): Promise<void> {
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

function isGatewayPath(url: string): boolean {
  return url === '/v2' || url.startsWith('/v2/') || url.startsWith('/v2?')
}

function bind(server: Server, { host, port }: Settings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const isTaken = 'code' in cause && cause.code === 'EADDRINUSE'
      const message = isTaken
        ? `port ${port} is in use; name another with --port or MERLON_PORT (0 takes a free one)`
        : `cannot listen on ${host}:${port}: ${cause.message}`
      reject(new ServerError('ADDRESS_IN_USE', message, { cause }))
    })
    server.listen(port, host, () => {
      // A TCP server's address is of this form.
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** The part of a URL that names the host; an address that stands for all is reached by loopback. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
