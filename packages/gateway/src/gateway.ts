import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, version } from '@merlon/core'
import { Admission, modelUnknown } from './admission.ts'
import { type Answer, passed, refusalOf, refused, send } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { GatewayError } from './gateway-error.ts'
import { type GatewayFilters, Inference, notReady } from './inference.ts'
import { limits as defaults, type GatewayLimits } from './limits.ts'
import { modelMetadata } from './model-metadata.ts'
import { openAnswer } from './open-answer.ts'
import type { Backend, Decision, DecisionLog, PolicySnapshot } from './ports.ts'
import { Recorder } from './recorder.ts'
import { pathOf, targetOf } from './target.ts'

export interface GatewayOptions {
  /** Asked once per request: the policy that the whole request is judged by. */
  readonly snapshot: () => PolicySnapshot
  /** By `RoutePolicy.model`. */
  readonly backends: ReadonlyMap<string, Backend>
  readonly log: DecisionLog
  readonly clock: Clock
  /** Milliseconds, with fractions, that never step back: for durations and rates. The clock unless given. */
  readonly monotonic?: Clock
  /** Answer only after the record is on the disk, not only in the file. */
  readonly isStrict?: boolean
  readonly filters?: GatewayFilters
  readonly limits?: Partial<GatewayLimits>
  /** Ids for requests; random UUIDs unless a test says otherwise. */
  readonly newId?: () => string
}

/** Since the process started. */
export interface GatewayCounts {
  passed: number
  blocked: number
  /** Audit records that did not reach the log or the disk. */
  lost: number
}

/** The data plane, as a listener for a `node:http` server. */
export interface Gateway {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  readonly counts: Readonly<GatewayCounts>
  readonly inFlight: number
  readonly isDraining: boolean
  /** Calls back after each recorded decision; gives a function that ends it. A listener that throws is dropped. */
  readonly onDecision: (listener: (decision: Decision) => void) => () => void
  /**
   * Call it after `server.close()`: lets requests in flight finish, stops those that do not, writes what is left
   * to write. Resolves when nothing is in flight.
   */
  readonly drain: () => Promise<void>
}

/** A data plane over the given ports. It opens no socket and no file of its own. */
export function createGateway(options: GatewayOptions): Gateway {
  return new DataPlane(options)
}

class DataPlane implements Gateway {
  readonly counts: GatewayCounts = { passed: 0, blocked: 0, lost: 0 }
  readonly #options: GatewayOptions
  readonly #monotonic: Clock
  readonly #limits: GatewayLimits
  readonly #newId: () => string
  readonly #admission: Admission
  readonly #inference: Inference
  readonly #recorder: Recorder
  readonly #exchanges = new Set<Exchange>()
  readonly #listeners = new Set<(decision: Decision) => void>()
  #drained: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  constructor(options: GatewayOptions) {
    const { log, clock, monotonic = clock } = options
    const limits = { ...defaults, ...options.limits }
    this.#options = options
    this.#monotonic = monotonic
    this.#limits = limits
    this.#newId = options.newId ?? randomUUID
    this.#admission = new Admission(limits)
    this.#inference = new Inference(limits, options.filters ?? {})
    this.#recorder = new Recorder({
      log,
      clock,
      monotonic,
      limits,
      isStrict: options.isStrict ?? false,
      newId: this.#newId,
      onDecision: (decision) => this.#tell(decision),
      onLost: () => {
        this.counts.lost++
      },
    })
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = this.#open(request, response)
    this.#serve(exchange).catch((bug: unknown) => {
      // Half an answer must not look whole.
      response.destroy(bug instanceof Error ? bug : undefined)
    })
  }

  readonly onDecision = (listener: (decision: Decision) => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly drain = (): Promise<void> => {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  get isDraining(): boolean {
    return this.#drained !== undefined
  }

  get inFlight(): number {
    return this.#exchanges.size
  }

  #open(request: IncomingMessage, response: ServerResponse): Exchange {
    const path = pathOf(request.url ?? '')
    const exchange: Exchange = {
      request,
      response,
      id: this.#newId(),
      startedAt: this.#options.clock(),
      startedTick: this.#monotonic(),
      method: request.method ?? '',
      path: path.slice(0, this.#limits.pathCharsMax),
      target: targetOf(path),
      stop: new AbortController(),
      isAdmitted: false,
      requestBytes: 0,
      headers: {},
    }
    this.#exchanges.add(exchange)
    response.once('close', () => {
      this.#exchanges.delete(exchange)
      if (!response.writableFinished) exchange.stop.abort(clientGone())
      if (this.#exchanges.size === 0) this.#onIdle?.()
    })
    return exchange
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { snapshot, backends, log } = this.#options
    const isClosed = this.isDraining || log.isOpen === false
    const open = openAnswer(exchange, { snapshot, backends, isClosed })
    if (open !== undefined) {
      this.#send(exchange, open)
      return
    }
    let answer = await this.#decided(exchange)
    try {
      const index = await this.#recorder.record(exchange, answer)
      exchange.headers['x-merlon-audit-index'] = String(index)
    } catch (thrown) {
      answer = refused(refusalOf(thrown))
    }
    if (answer.verdict === 'block') this.counts.blocked++
    else this.counts.passed++
    this.#send(exchange, answer)
  }

  async #decided(exchange: Exchange): Promise<Answer> {
    try {
      return await this.#decide(exchange)
    } catch (thrown) {
      return refused(refusalOf(thrown))
    }
  }

  /** @throws GatewayError for every refusal */
  async #decide(exchange: Exchange): Promise<Answer> {
    const grant = this.#admission.admit(exchange, this.#options.snapshot())
    if (!('route' in grant)) return passed({ name: 'merlon', version, extensions: [] })
    const { key, route, target } = grant
    const backend = this.#options.backends.get(route.model)
    if (target.version !== undefined && target.version !== backend?.version) {
      throw modelUnknown(`${target.model}, version ${target.version}`)
    }
    if (target.kind === 'model-ready') return readiness(target.model, backend?.ready === true)
    if (backend === undefined) throw notReady()
    if (target.kind === 'model') return passed(modelMetadata(target.model, backend))
    return this.#inference.answer({ exchange, key, route, servedName: target.model, backend })
  }

  #send(exchange: Exchange, answer: Answer): void {
    exchange.headers['x-request-id'] = exchange.id
    if (this.isDraining) exchange.headers.connection = 'close'
    send(exchange.request, exchange.response, answer, exchange.headers, this.#limits)
  }

  #tell(decision: Decision): void {
    for (const listener of this.#listeners) {
      try {
        listener(decision)
      } catch {
        // A live view that breaks does not take the data plane with it: it is no longer told.
        this.#listeners.delete(listener)
      }
    }
  }

  async #drain(): Promise<void> {
    const { drainMs, drainGraceMs } = this.#limits
    if (!(await this.#idleWithin(drainMs))) {
      for (const { stop } of this.#exchanges) stop.abort(draining())
      if (!(await this.#idleWithin(drainGraceMs))) {
        for (const { response } of this.#exchanges) response.destroy()
      }
    }
    await this.#recorder.close()
  }

  #idleWithin(ms: number): Promise<boolean> {
    if (this.#exchanges.size === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }
}

function readiness(name: string, ready: boolean): Answer {
  return passed({ name, ready }, { status: ready ? 200 : 503 })
}

function clientGone(): GatewayError {
  return new GatewayError('CLIENT_GONE', 'the client went away before it was answered')
}

function draining(): GatewayError {
  return new GatewayError('DRAINING', 'the gateway is shutting down; ask another one', {
    headers: { 'retry-after': '5' },
  })
}
