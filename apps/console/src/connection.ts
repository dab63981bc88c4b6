/** Whether the server answers. */
export interface ConnectionState {
  /** When it last answered anything; `null` before the first answer. */
  readonly heardAt: number | null
  /** Since when it has not; `null` while it does. */
  readonly lostAt: number | null
}

/** A value that tells its listeners when it changes. */
class Connection {
  readonly #listeners = new Set<() => void>()
  #state: ConnectionState = { heardAt: null, lostAt: null }

  readonly state = (): ConnectionState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  heard(at: number): void {
    const wasLost = this.#state.lostAt !== null
    this.#state = { heardAt: at, lostAt: null }
    // An answer while all is well changes nothing on the screen.
    if (wasLost) this.#tell()
  }

  lost(at: number): void {
    if (this.#state.lostAt !== null) return
    this.#state = { ...this.#state, lostAt: at }
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** The one connection of this page. */
export const connection = new Connection()
