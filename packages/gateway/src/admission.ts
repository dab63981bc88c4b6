import { authenticate } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import { GatewayError } from './gateway-error.ts'
import type { GatewayLimits } from './limits.ts'
import type { KeyEntry, PolicySnapshot, RoutePolicy } from './ports.ts'
import { quote } from './quote.ts'
import { methodsOf, type Target } from './target.ts'
import { type Rate, type Take, TokenBuckets } from './token-bucket.ts'

/** Health is answered to anyone before this. */
type JudgedTarget = Exclude<Target, { kind: 'live' } | { kind: 'ready' }>

/** What a request may do: it comes from a known key, and a model's route is one that the key may use. */
export type Grant =
  | { readonly target: Exclude<JudgedTarget, { model: string }>; readonly key: KeyEntry }
  | {
      readonly target: Extract<JudgedTarget, { model: string }>
      readonly key: KeyEntry
      readonly route: RoutePolicy
    }

/** The checks before anything of a body is read: path, method, key, route, role, rate. */
export class Admission {
  readonly #buckets: TokenBuckets
  readonly #limits: GatewayLimits

  constructor(limits: GatewayLimits) {
    this.#limits = limits
    this.#buckets = new TokenBuckets(limits.bucketsMax)
  }

  /**
   * What is learnt of the request is put on the exchange, so that a refusal's record knows it too.
   * @throws GatewayError for every refusal
   */
  admit(exchange: Exchange, snapshot: PolicySnapshot): Grant {
    const target = judgedTarget(exchange)
    const route = 'model' in target ? snapshot.routes.get(target.model) : undefined
    if (route !== undefined) exchange.route = route
    const key = identify(exchange, snapshot)
    if (!('model' in target)) {
      this.#spend(exchange, `${key.id} -`, this.#unrouted)
      return { target, key }
    }
    if (route === undefined) {
      this.#spend(exchange, `${key.id} -`, this.#unrouted)
      throw modelUnknown(target.model)
    }
    if (!route.roles.some((role) => key.roles.includes(role))) {
      throw new GatewayError(
        'FORBIDDEN',
        `the API key has none of the roles that ${route.route} asks for`,
      )
    }
    this.#spend(exchange, `${key.id} ${route.route}`, route)
    return { target, key, route }
  }

  get #unrouted(): Rate {
    const { unroutedRequestsPerSecond, unroutedBurst } = this.#limits
    return { requestsPerSecond: unroutedRequestsPerSecond, burst: unroutedBurst }
  }

  #spend(exchange: Exchange, bucket: string, rate: Rate): void {
    const take = this.#buckets.take(bucket, rate, exchange.startedTick)
    Object.assign(exchange.headers, rateHeaders(take, rate))
    if (!take.admitted) {
      throw new GatewayError(
        'RATE_LIMITED',
        `the API key asks more often than ${rate.requestsPerSecond} times a second, with ${rate.burst} at once`,
        { headers: { 'retry-after': String(seconds(take.retryAfterMs)) } },
      )
    }
    exchange.isAdmitted = true
  }
}

/** A model that no route serves, or not in that version. */
export function modelUnknown(name: string): GatewayError {
  return new GatewayError('MODEL_UNKNOWN', `no model ${quote(name)} is served here`)
}

function judgedTarget({ target, method }: Exchange): JudgedTarget {
  if (target === undefined) {
    throw new GatewayError(
      'NOT_FOUND',
      'there is nothing at this path; models are at /v2/models/NAME',
    )
  }
  const methods = methodsOf(target)
  if (!methods.includes(method) || target.kind === 'live' || target.kind === 'ready') {
    throw new GatewayError(
      'METHOD_NOT_ALLOWED',
      `this path answers ${methods.join(', ')}, not ${quote(method)}`,
      { headers: { allow: methods.join(', ') } },
    )
  }
  return target
}

function identify(exchange: Exchange, { keys }: PolicySnapshot): KeyEntry {
  const { key, refusal } = authenticate(exchange.request.headers, keys, exchange.startedAt)
  if (key !== undefined) exchange.key = key
  if (refusal !== undefined || key === undefined) throw refusal
  return key
}

/** As draft-ietf-httpapi-ratelimit-headers-03 has them, which is what clients read today. */
function rateHeaders({ remaining, resetMs }: Take, { burst }: Rate): Record<string, string> {
  return {
    'ratelimit-limit': String(burst),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(seconds(resetMs)),
  }
}

function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000))
}
