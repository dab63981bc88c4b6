import { Decision } from '@merlon/api'

/** The live list of decisions, as it stands. */
export interface FeedState {
  readonly status: 'connecting' | 'live' | 'reconnecting'
  /** When the server last said anything, in ms since 1970; `null` before the first word. */
  readonly heardAt: number | null
  /** Newest first, at most `limits.decisionsMax`. */
  readonly decisions: readonly Decision[]
}

/** The part of `EventSource` that the feed needs. */
export interface EventStream {
  readonly readyState: number
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void
  close(): void
}

/** What the feed takes from the world, so that a test decides what happens and when. */
export interface FeedWorld {
  readonly open: () => EventStream
  readonly now: () => number
  /** Calls back once after `ms`. */
  readonly later: (work: () => void, ms: number) => () => void
  /** The stream was refused for good: perhaps the session is over. */
  readonly onRefused: () => void
}

export const limits = {
  /** Older ones are on the server still. */
  decisionsMax: 2000,
  /** Decisions that arrive within this time are drawn together. */
  batchMs: 100,
  retryMsMin: 1000,
  retryMsMax: 30_000,
} as const

const closed = 2

/** Decisions as the gateway makes them. It lives from its making to `close()`. */
export class DecisionFeed {
  readonly #world: FeedWorld
  readonly #listeners = new Set<() => void>()
  #state: FeedState = { status: 'connecting', heardAt: null, decisions: [] }
  #stream: EventStream | undefined
  #arrived: Decision[] = []
  #retryMs: number = limits.retryMsMin
  #cancelBatch: (() => void) | undefined
  #cancelRetry: (() => void) | undefined

  constructor(world: FeedWorld) {
    this.#world = world
    this.#connect()
  }

  readonly state = (): FeedState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#cancelBatch?.()
    this.#cancelRetry?.()
    this.#stream?.close()
    this.#listeners.clear()
  }

  #connect(): void {
    const stream = this.#world.open()
    this.#stream = stream
    stream.addEventListener('open', () => {
      this.#retryMs = limits.retryMsMin
      this.#hear('live')
    })
    stream.addEventListener('beat', () => this.#hear('live'))
    stream.addEventListener('message', ({ data }) => this.#receive(data))
    stream.addEventListener('error', () => {
      this.#change({ status: 'reconnecting' })
      if (stream.readyState === closed) this.#retry()
    })
  }

  /** The browser retries a broken connection by itself, but gives up when the server refuses. */
  #retry(): void {
    this.#stream?.close()
    this.#cancelRetry?.()
    this.#world.onRefused()
    this.#cancelRetry = this.#world.later(() => this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(2 * this.#retryMs, limits.retryMsMax)
  }

  #receive(data: unknown): void {
    const decision = Decision.safeParse(parseJson(data))
    if (!decision.success) return
    this.#arrived.push(decision.data)
    if (this.#arrived.length > limits.decisionsMax) this.#arrived.shift()
    this.#cancelBatch ??= this.#world.later(() => this.#deliver(), limits.batchMs)
  }

  #deliver(): void {
    this.#cancelBatch = undefined
    const arrived = this.#arrived.reverse()
    this.#arrived = []
    const decisions = mergeDecisions(arrived, this.#state.decisions).slice(0, limits.decisionsMax)
    this.#change({ status: 'live', heardAt: this.#world.now(), decisions })
  }

  #hear(status: FeedState['status']): void {
    this.#change({ status, heardAt: this.#world.now() })
  }

  #change(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** Two lists as one, newest first, each record once. */
export function mergeDecisions(
  left: readonly Decision[],
  right: readonly Decision[],
): readonly Decision[] {
  const byIndex = new Map<number, Decision>()
  for (const decision of [...left, ...right]) byIndex.set(decision.auditIndex, decision)
  return [...byIndex.values()].sort((a, b) => b.auditIndex - a.auditIndex)
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    // Not JSON is not a decision: the caller's schema refuses `undefined`.
    return undefined
  }
}
