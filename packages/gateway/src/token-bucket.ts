/** How often, and how many at once. */
export interface Rate {
  readonly requestsPerSecond: number
  readonly burst: number
}

export interface Take {
  readonly admitted: boolean
  /** Whole requests that could follow at once. */
  readonly remaining: number
  /** Until one more request is admitted; 0 when it is now. */
  readonly retryAfterMs: number
  /** Until the bucket is full. */
  readonly resetMs: number
}

interface Bucket {
  tokens: number
  at: number
}

/**
 * Token buckets by name: each holds `burst` requests and refills at `requestsPerSecond`. The clock is
 * passed in and may step back without giving tokens. The map is bounded: beyond `max` the bucket unused
 * for longest is forgotten, which gives its owner a full one, so `max` has to exceed the honest owners.
 */
export class TokenBuckets {
  // Maps iterate in insertion order; a used bucket is put back at the end.
  readonly #buckets = new Map<string, Bucket>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#buckets.size
  }

  take(name: string, { requestsPerSecond, burst }: Rate, now: number): Take {
    const bucket = this.#buckets.get(name) ?? { tokens: burst, at: now }
    const elapsed = Math.max(0, now - bucket.at)
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsed * requestsPerSecond) / 1000)
    bucket.at = Math.max(bucket.at, now)
    const admitted = bucket.tokens >= 1
    if (admitted) bucket.tokens -= 1
    this.#keep(name, bucket)
    const msUntil = (tokens: number) =>
      Math.max(0, Math.ceil(((tokens - bucket.tokens) * 1000) / requestsPerSecond))
    return {
      admitted,
      remaining: Math.floor(bucket.tokens),
      retryAfterMs: msUntil(1),
      resetMs: msUntil(burst),
    }
  }

  #keep(name: string, bucket: Bucket): void {
    this.#buckets.delete(name)
    if (this.#buckets.size >= this.#max) {
      const oldest = this.#buckets.keys().next()
      if (!oldest.done) this.#buckets.delete(oldest.value)
    }
    this.#buckets.set(name, bucket)
  }
}
