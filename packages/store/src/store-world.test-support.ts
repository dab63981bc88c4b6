import type { Clock } from '@merlon/core'
import type { Store } from './store.ts'

/** A database that a suite may use and throw away. */
export interface Disposable {
  readonly url: string
  dispose(): Promise<void>
}

/** A clock that a test turns by hand. */
export function handClock(): Clock & { now: number } {
  const clock = Object.assign(() => clock.now, { now: 1_763_000_000_000 })
  return clock
}

/** What each law is given. */
export interface World {
  readonly clock: Clock & { now: number }
  readonly store: () => Store
}

let serial = 0
/** A key's row as a caller makes it, with a hash of its own. */
export function newKey(name = 'camera 1') {
  serial += 1
  return { name, prefix: 'mln_abc', hash: serial.toString(16).padStart(64, '0'), roles: ['infer'] }
}

/** Takes all events off the outbox. */
export async function drain(store: Store) {
  const events = await store.outbox.pending()
  await store.outbox.done(events.map(({ id }) => id))
  return events.map(({ entry }) => entry)
}
