import type { KeyEntry, PolicySnapshot, RoutePolicy } from '@merlon/gateway'
import type { Store } from '@merlon/store'
import { limits } from '../limits.ts'
import type { Tell } from '../server-event.ts'

/** Keys and routes as the data plane sees them: in memory, refreshed when their version grows. */
export class Policy {
  readonly #store: Store
  readonly #tell: Tell
  readonly #routes: ReadonlyMap<string, RoutePolicy>
  readonly #timer: NodeJS.Timeout
  #snapshot: PolicySnapshot
  #last: Promise<void> = Promise.resolve()
  #isStale = false

  private constructor(store: Store, routes: ReadonlyMap<string, RoutePolicy>, tell: Tell) {
    this.#store = store
    this.#tell = tell
    this.#routes = routes
    this.#snapshot = { version: -1, keys: new Map(), routes }
    this.#timer = setInterval(() => void this.refresh(), limits.policyPollMs)
    this.#timer.unref()
  }

  static async open(
    store: Store,
    routes: ReadonlyMap<string, RoutePolicy>,
    tell: Tell,
  ): Promise<Policy> {
    const policy = new Policy(store, routes, tell)
    await policy.#load()
    return policy
  }

  get snapshot(): PolicySnapshot {
    return this.#snapshot
  }

  /** Takes over what changed; a database that does not answer leaves the last policy in force. */
  refresh(): Promise<void> {
    this.#last = this.#last
      .then(() => this.#load())
      .then(
        () => {
          this.#isStale = false
        },
        (cause: unknown) => {
          if (!this.#isStale) this.#tell({ kind: 'warning', text: staleText(cause) })
          this.#isStale = true
        },
      )
    return this.#last
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    return this.#last
  }

  async #load(): Promise<void> {
    // The version is read first: a change in between is loaded twice rather than never.
    const version = await this.#store.policyVersion()
    if (version === this.#snapshot.version) return
    const keys = new Map<string, KeyEntry>()
    for (const { hash, id, name, roles, expiresAt, revokedAt } of await this.#store.keys.list()) {
      keys.set(hash, { id, name, roles, expiresAt, revokedAt })
    }
    this.#snapshot = { version, keys, routes: this.#routes }
  }
}

function staleText(cause: unknown): string {
  const why = cause instanceof Error ? cause.message : String(cause)
  return `keys cannot be refreshed, the last known ones stay in force: ${why}`
}
