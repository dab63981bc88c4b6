import type { Clock } from '@merlon/core'
import { limits } from '../limits.ts'

interface Window {
  readonly since: number
  readonly attempts: number
}

/** Bounds how often one address may try to log in; successes count as well. */
export class LoginLimiter {
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts an attempt: 0 lets it through, otherwise the milliseconds to wait. */
  waitMs(address: string): number {
    const now = this.#clock()
    const known = this.#windows.get(address)
    // A clock that was set back ends the window too, or nobody could log in until it caught up.
    const isOver =
      known === undefined || now < known.since || now - known.since >= limits.loginWindowMs
    const since = isOver ? now : known.since
    const attempts = (isOver ? 0 : known.attempts) + 1
    this.#windows.delete(address)
    this.#windows.set(address, { since, attempts })
    // Addresses beyond the bound push the longest unseen one out.
    if (this.#windows.size > limits.loginAddressesMax) {
      const [oldest] = this.#windows.keys()
      if (oldest !== undefined) this.#windows.delete(oldest)
    }
    return attempts <= limits.loginAttemptsMax ? 0 : since + limits.loginWindowMs - now
  }
}
