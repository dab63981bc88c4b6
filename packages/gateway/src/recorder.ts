import type { Clock } from '@merlon/core'
import { sha256Hex } from '@merlon/crypto'
import type { Answer } from './answer.ts'
import { callerOf } from './caller.ts'
import type { Exchange } from './exchange.ts'
import { GatewayError, statuses } from './gateway-error.ts'
import type { GatewayLimits } from './limits.ts'
import type { Decision, DecisionLog, DecisionReceipt, DecisionRecord } from './ports.ts'
import { type Count, RefusalCounts, type Refused } from './refusal-counts.ts'

export interface RecorderOptions {
  readonly log: DecisionLog
  readonly clock: Clock
  /** Durations are measured with it. */
  readonly monotonic: Clock
  readonly limits: GatewayLimits
  readonly isStrict: boolean
  readonly newId: () => string
  readonly onDecision: (decision: Decision) => void
  /** Called at least once for each record that did not reach the log or the disk. */
  readonly onLost: () => void
}

/** Puts decisions on the record, each before the first byte of its answer. */
export class Recorder {
  readonly #options: RecorderOptions
  readonly #counts: RefusalCounts
  /** The record that opened a count stands for what is counted; answers wait for it. */
  readonly #openings = new WeakMap<Count, Promise<number>>()
  readonly #closings = new Set<Promise<number>>()

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#counts = new RefusalCounts(options.limits, options.monotonic, (count) =>
      this.#closed(count),
    )
  }

  /**
   * The index of the record that stands for this answer, once it is written.
   * @throws GatewayError AUDIT_UNAVAILABLE
   */
  async record(exchange: Exchange, answer: Answer): Promise<number> {
    const decision = decisionOf(exchange, answer, this.#options)
    const isBounded = exchange.isAdmitted || answer.verdict !== 'block'
    const counted = isBounded ? undefined : this.#counts.countFor(refusedOf(exchange))
    if (counted === undefined) return this.#append(decision)
    const { count, isNew } = counted
    if (isNew) {
      const opening = this.#append(this.#openingOf(count, decision))
      this.#openings.set(count, opening)
      opening.catch(() => this.#counts.forget(count))
      return opening
    }
    count.byCode.set(decision.code, (count.byCode.get(decision.code) ?? 0) + 1)
    return this.#openings.get(count)!
  }

  /** Records what was counted so far. */
  async close(): Promise<void> {
    this.#counts.closeAll()
    await Promise.allSettled([...this.#closings])
  }

  async #append(record: DecisionRecord): Promise<number> {
    const { log, isStrict, limits, onDecision, onLost } = this.#options
    try {
      const receipt = log.append(record)
      // A sync that fails after the answer is the log's to act on: it takes no further record.
      receipt.durable.catch(onLost)
      await within(isStrict ? bothOf(receipt) : receipt.written, limits.auditMs)
      onDecision({ auditIndex: receipt.index, ...record })
      return receipt.index
    } catch (cause) {
      onLost()
      throw new GatewayError(
        'AUDIT_UNAVAILABLE',
        'the audit log takes no record, so nothing is answered; try again later',
        { cause, headers: { 'retry-after': '5' } },
      )
    }
  }

  #openingOf(count: Count, decision: DecisionRecord): DecisionRecord {
    const seconds = this.#options.limits.countingMs / 1000
    return {
      ...decision,
      code: 'REFUSALS_COUNTED',
      reason: `too many refusals of ${count.caller}: for ${seconds} s they are counted, not recorded one by one; this one was ${decision.code}`,
    }
  }

  #closed(count: Count): void {
    const { clock, monotonic, newId } = this.#options
    const answers = [...count.byCode.values()].reduce((sum, n) => sum + n, 0)
    const codes = [...count.byCode].map(([code, n]) => `${code} ${n}`).join(', ')
    const ms = Math.round(monotonic() - count.since)
    const closing = this.#append({
      at: clock(),
      requestId: newId(),
      method: '-',
      path: '-',
      route: null,
      model: null,
      keyId: count.caller.startsWith('key ') ? count.caller.slice('key '.length) : null,
      keyName: null,
      verdict: 'block',
      status: statuses.REFUSALS_COUNTED,
      code: 'REFUSALS_COUNTED',
      reason: `${answers} refusals of ${count.caller} in ${ms} ms had no record of their own${codes === '' ? '' : `: ${codes}`}`,
      requestBytes: 0,
      requestSha256: null,
      responseSha256: null,
      latencyMs: 0,
      address: count.caller.startsWith('key ') ? null : count.caller,
      answers,
    })
    this.#closings.add(closing)
    // `#append` has reported the failure; here it only has to be known as handled.
    closing.then(
      () => this.#closings.delete(closing),
      () => this.#closings.delete(closing),
    )
  }
}

function refusedOf({ key, request }: Exchange): Refused {
  if (key !== undefined) return { caller: `key ${key.id}`, isAnonymous: false }
  return { caller: callerOf(request.socket.remoteAddress), isAnonymous: true }
}

function decisionOf(
  exchange: Exchange,
  answer: Answer,
  { clock, monotonic }: RecorderOptions,
): DecisionRecord {
  const { key, route } = exchange
  return {
    at: clock(),
    requestId: exchange.id,
    method: exchange.method,
    path: exchange.path,
    route: route?.route ?? null,
    model: route?.model ?? null,
    keyId: key?.id ?? null,
    keyName: key?.name ?? null,
    verdict: answer.verdict,
    status: answer.status,
    code: answer.code,
    reason: answer.reason.toWellFormed(),
    requestBytes: exchange.requestBytes,
    requestSha256: exchange.requestSha256 ?? null,
    responseSha256: sha256Hex(answer.body),
    latencyMs: toMicroseconds(monotonic() - exchange.startedTick),
    address: key === undefined ? callerOf(exchange.request.socket.remoteAddress) : null,
    answers: 1,
  }
}

/** Finer than that a duration says nothing, and its digits only fill the log. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

async function bothOf({ written, durable }: DecisionReceipt): Promise<void> {
  await Promise.all([written, durable])
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the record was not written in ${ms} ms`)), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
