import type { Clock } from '@merlon/core'
import type { GatewayLimits } from './limits.ts'
import { TokenBuckets } from './token-bucket.ts'

/** Refusals of one caller that are counted, not recorded one by one. */
export interface Count {
  readonly caller: string
  /** By the monotonic clock. */
  readonly since: number
  readonly byCode: Map<string, number>
  /** What closes it, unless `close` does so first. */
  readonly timer: NodeJS.Timeout
}

export interface Refused {
  /** A key's id or an address. */
  readonly caller: string
  readonly isAnonymous: boolean
}

const everyone = 'many addresses'
const all = 'all'

/**
 * Decides which refusals get an audit record of their own, so that a flood cannot fill the disk. Up to a named
 * rate each one does. Beyond it a count is opened for that caller, and closed after `countingMs`.
 */
export class RefusalCounts {
  readonly #counts = new Map<string, Count>()
  readonly #own: TokenBuckets
  readonly #together = new TokenBuckets(1)
  readonly #limits: GatewayLimits
  readonly #monotonic: Clock
  readonly #onClose: (count: Count) => void

  constructor(limits: GatewayLimits, monotonic: Clock, onClose: (count: Count) => void) {
    this.#limits = limits
    this.#monotonic = monotonic
    this.#onClose = onClose
    this.#own = new TokenBuckets(limits.bucketsMax)
  }

  /** `undefined`: record this refusal itself. Otherwise the count that stands for it; `isNew` opens it. */
  countFor(refused: Refused): { readonly count: Count; readonly isNew: boolean } | undefined {
    const open = this.#counts.get(refused.caller)
    if (open !== undefined) return { count: open, isNew: false }
    const limits = this.#limits
    const now = this.#monotonic()
    const own = {
      requestsPerSecond: limits.refusalRecordsPerSecond,
      burst: limits.refusalRecordsBurst,
    }
    const isQuiet = this.#own.take(refused.caller, own, now).admitted
    if (!refused.isAnonymous) return isQuiet ? undefined : this.#opened(refused.caller, now)
    const together = {
      requestsPerSecond: limits.anonymousRecordsPerSecond,
      burst: limits.anonymousRecordsBurst,
    }
    if (isQuiet && this.#together.take(all, together, now).admitted) return undefined
    const isCrowded = isQuiet || this.#counts.size >= limits.countedAddressesMax
    const caller = isCrowded ? everyone : refused.caller
    const shared = this.#counts.get(caller)
    return shared === undefined ? this.#opened(caller, now) : { count: shared, isNew: false }
  }

  /** Drops a count whose opening could not be recorded. */
  forget(count: Count): void {
    clearTimeout(count.timer)
    this.#counts.delete(count.caller)
  }

  close(count: Count): void {
    this.forget(count)
    this.#onClose(count)
  }

  closeAll(): void {
    for (const count of [...this.#counts.values()]) this.close(count)
  }

  #opened(caller: string, since: number): { readonly count: Count; readonly isNew: true } {
    const timer = setTimeout(() => this.close(count), this.#limits.countingMs)
    timer.unref()
    const count: Count = { caller, since, byCode: new Map(), timer }
    this.#counts.set(caller, count)
    return { count, isNew: true }
  }
}
