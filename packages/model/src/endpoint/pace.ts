import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@merlon/core'

/** Waits; passed in, so that a test decides how long that is. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>

/** Waits by the process's own timers. */
export const timerWait: Wait = async (ms, signal) => {
  // An abort comes back as the signal's own reason.
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
    signal?.throwIfAborted()
    throw cause
  })
}

/** Lets requests go at most so many at once and so many per second, and none while the endpoint asks for a pause. */
export class Pace {
  readonly #rate: number
  readonly #clock: Clock
  readonly #wait: Wait
  #free: number
  readonly #waiting: (() => void)[] = []
  #next = 0

  constructor(
    { rate, concurrency }: { rate: number; concurrency: number },
    clock: Clock,
    wait: Wait,
  ) {
    this.#rate = rate
    this.#free = concurrency
    this.#clock = clock
    this.#wait = wait
  }

  /** Runs `work` when it is its turn. @throws what `work` throws, and the signal's reason */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter()
    try {
      for (;;) {
        signal?.throwIfAborted()
        const now = this.#clock()
        if (this.#next <= now) break
        const turn = this.#next
        await this.#wait(turn - now, signal)
        // Another request may have taken the turn, or the endpoint asked for a longer pause.
        if (this.#next === turn && this.#clock() >= turn) break
      }
      this.#next = Math.max(this.#next, this.#clock()) + 1000 / this.#rate
      return await work()
    } finally {
      this.#leave()
    }
  }

  /** Nobody goes before that many milliseconds are over. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, this.#clock() + ms)
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
