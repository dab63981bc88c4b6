import type { AuditLog } from '@merlon/audit'
import type { Store } from '@merlon/store'
import { limits } from '../limits.ts'
import type { Tell } from '../server-event.ts'
import type { Chronicle } from './chronicle.ts'
import type { LoggedRecord } from './logged-record.ts'

/** Carries events from the store's outbox into the audit log, each once, in their order. */
export class OutboxDelivery {
  readonly #store: Store
  readonly #log: AuditLog
  readonly #chronicle: Chronicle
  #last: Promise<unknown> = Promise.resolve()
  #isBehind = false

  constructor(store: Store, log: AuditLog, chronicle: Chronicle) {
    this.#store = store
    this.#log = log
    this.#chronicle = chronicle
  }

  /** Delivers all that is there now; calls wait for each other. Resolves once the records are on the disk. */
  deliver(): Promise<void> {
    const next = this.#last.then(() => this.#deliverAll())
    // A failed delivery is its caller's to report; the next one starts afresh.
    this.#last = next.catch(() => undefined)
    return next
  }

  /** Delivers what others have put there; of failures in a row it tells the first. */
  async poll(tell: Tell): Promise<void> {
    try {
      await this.deliver()
      this.#isBehind = false
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const text = `changes are not in the audit log yet: ${why}`
      if (!this.#isBehind) tell({ kind: 'warning', text })
      this.#isBehind = true
    }
  }

  async #deliverAll(): Promise<void> {
    for (;;) {
      const pending = await this.#store.outbox.pending(limits.outboxBatch)
      if (pending.length === 0) return
      const records: LoggedRecord[] = []
      let durable: Promise<void> = Promise.resolve()
      for (const { id, entry } of pending) {
        // In the log already: the process ended between the append and the tick.
        if (this.#chronicle.hasEvent(id)) continue
        const receipt = this.#log.append({ ...entry, kind: String(entry.kind) })
        durable = receipt.durable
        records.push({ index: receipt.index, entry })
      }
      await durable
      await this.#chronicle.note(records)
      await this.#store.outbox.done(pending.map(({ id }) => id))
    }
  }
}
