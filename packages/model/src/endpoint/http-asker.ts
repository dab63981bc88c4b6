import type { Clock, Random } from '@merlon/core'
import { type Dispatcher, Pool } from 'undici'
import { EngineError, quoted } from '../errors.ts'
import { limits } from '../limits.ts'
import { Pace, type Wait } from './pace.ts'

export interface AskerOptions {
  readonly url: string
  /** Asked anew for each request, so that a secret is held by its owner alone. */
  readonly headers: () => Readonly<Record<string, string>>
  readonly rate: number
  readonly concurrency: number
  readonly retries: number
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
  readonly wait: Wait
  readonly signal: AbortSignal | undefined
}

/** Statuses that say "not now": the request is repeated. */
const repeated: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Asks one origin, politely and stubbornly: paced, repeated with growing pauses, each answer bounded. */
export class HttpAsker {
  readonly #options: AskerOptions
  readonly #pool: Pool
  readonly #pace: Pace
  #requests = 0
  #retries = 0

  constructor(options: AskerOptions) {
    this.#options = options
    const { url, concurrency, timeoutMs, clock, wait } = options
    this.#pool = new Pool(new URL(url).origin, {
      connections: concurrency,
      connect: { timeout: Math.min(timeoutMs, limits.connectMs) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: limits.answerBytesMax,
    })
    this.#pace = new Pace(options, clock, wait)
  }

  /** Requests that were answered, and those that had to be repeated. */
  get usage(): { readonly requests: number; readonly retries: number } {
    return { requests: this.#requests, retries: this.#retries }
  }

  /**
   * The bytes of a successful answer, or that the body was too large for the endpoint (413).
   * @throws EngineError ENDPOINT_REFUSED, ENDPOINT_BUSY, ENDPOINT_UNREACHABLE, ENDPOINT_ANSWER_INVALID
   */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: string,
  ): Promise<Uint8Array | 'too large'> {
    const { signal, retries } = this.#options
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#pace.run(() => this.#once(method, path, body), signal)
      if (outcome instanceof Uint8Array) {
        this.#requests++
        return outcome
      }
      if (outcome.status === 413) return 'too large'
      signal?.throwIfAborted()
      if (attempt >= retries) throw this.#givenUp(outcome, attempt)
      this.#retries++
      this.#pace.pause(this.#pauseMs(outcome, attempt))
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  async #once(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
  ): Promise<Uint8Array | Failure> {
    const { headers, signal } = this.#options
    try {
      const answer = await this.#pool.request({
        method,
        path,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers(),
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      })
      const { statusCode: status } = answer
      if (status >= 200 && status < 300) return new Uint8Array(await answer.body.arrayBuffer())
      await answer.body.dump({ limit: limits.answerDumpBytesMax })
      if (status === 413) return { status }
      if (!repeated.has(status)) throw this.refused(status)
      return { status, retryAfterMs: retryAfterMs(answer, this.#options.clock) }
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof EngineError) throw cause
      return this.#broken(cause)
    }
  }

  /** A broken connection may mend; a name that nobody has, or a certificate that is not believed, will not. */
  #broken(cause: unknown): Failure {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
      throw new EngineError(
        'ENDPOINT_ANSWER_INVALID',
        `the answer of ${this.#place} is larger than ${limits.answerBytesMax} bytes; ask for fewer samples at once`,
      )
    }
    if (code === 'UND_ERR_INVALID_ARG') {
      throw new EngineError(
        'ENDPOINT_INVALID',
        `a header for ${this.#place} cannot be sent; check its value for line ends and letters beyond ASCII`,
      )
    }
    if (/^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_)/.test(code)) return { code }
    throw this.#unreachable(code)
  }

  #pauseMs(failure: Failure, attempt: number): number {
    const { random } = this.#options
    const asked = failure.retryAfterMs
    if (asked !== undefined && asked > limits.retryAfterMsMax) {
      throw new EngineError(
        'ENDPOINT_BUSY',
        `${this.#place} asks to wait ${Math.ceil(asked / 1000)} s, longer than ${limits.retryAfterMsMax / 1000} s; run again then, the answers so far are kept`,
      )
    }
    // The endpoint knows best; a little is added, so that not all come back in one moment.
    if (asked !== undefined) return asked * (1 + random() / 10)
    const most = Math.min(limits.backoffMsMax, limits.backoffMsMin * 2 ** attempt)
    // Half of it is drawn, so that those who were refused together do not come back together.
    return most / 2 + (random() * most) / 2
  }

  #givenUp({ status, code }: Failure, retries: number): EngineError {
    if (status === undefined) return this.#unreachable(code ?? 'unknown')
    return new EngineError(
      'ENDPOINT_BUSY',
      `${this.#place} answered ${status} ${retries + 1} times in a row; lower its rate, or raise its retries`,
    )
  }

  /** What to say of a status that asking again does not change. */
  refused(status: number): EngineError {
    const way =
      status === 401 || status === 403
        ? 'check its key: --api-key-env, or headers in merlon.yaml'
        : 'check its address, protocol and mapping'
    return new EngineError('ENDPOINT_REFUSED', `${this.#place} answered ${status}; ${way}`)
  }

  #unreachable(code: string): EngineError {
    return new EngineError(
      'ENDPOINT_UNREACHABLE',
      `${this.#place} cannot be reached (${quoted(code)}); check its address, and that it runs`,
    )
  }

  /** The address without its query, which may hold a key. */
  get #place(): string {
    const { origin, pathname } = new URL(this.#options.url)
    return quoted(origin + pathname)
  }
}

interface Failure {
  readonly status?: number
  readonly code?: string
  readonly retryAfterMs?: number | undefined
}

/** Retry-After (RFC 9110, section 10.2.3): seconds, or a date. */
function retryAfterMs({ headers }: Dispatcher.ResponseData, clock: Clock): number | undefined {
  const value = headers['retry-after']
  if (typeof value !== 'string') return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock())
}
