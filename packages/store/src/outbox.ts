import { type Clock, canonicalJson, type Json } from '@merlon/core'
import { countUp } from './counter.ts'
import type { Change, Database } from './database.ts'
import { newId } from './id.ts'
import { limits } from './limits.ts'

/** What happened, as the audit log will hold it: kind and details; `v`, `at` and `eventId` are added. */
export interface AuditEvent {
  readonly kind: 'key' | 'model' | 'assessment' | 'session' | 'policy' | 'server' | 'job'
  readonly [detail: string]: Json
}

/** An event on its way to the audit log. `entry` is what to append, `eventId` inside it is `id`. */
export interface OutboxRow {
  readonly id: string
  readonly at: number
  readonly entry: { readonly [name: string]: Json }
}

/**
 * Events that still have to reach the audit log. Each was written in the transaction of the change
 * that it reports, so neither exists without the other. Delivery is at least once: append the entry,
 * wait until it is durable, then call `done`.
 */
export interface Outbox {
  /** In the order of the changes. */
  pending(limit?: number): Promise<readonly OutboxRow[]>
  done(ids: readonly string[]): Promise<void>
  /** Records an event that belongs to no change of the store. */
  add(event: AuditEvent): Promise<void>
}

/** The outbox over an open database. */
export function outboxOf(db: Database, clock: Clock): Outbox {
  return {
    async pending(limit = limits.rowsPerInsertMax) {
      const rows = await db
        .selectFrom('outbox')
        .select(['id', 'at', 'entry'])
        .orderBy('position')
        .limit(Math.min(limit, limits.rowsPerInsertMax))
        .execute()
      return rows.map((row) => ({ ...row, entry: JSON.parse(row.entry) }))
    },
    async done(ids) {
      if (ids.length === 0) return
      await db
        .transaction()
        .execute((tx) => tx.deleteFrom('outbox').where('id', 'in', ids).execute())
    },
    async add(event) {
      await db.transaction().execute((tx) => record(tx, clock(), event))
    },
  }
}

/** Writes an event beside the change that it reports. */
export async function record(tx: Change, at: number, event: AuditEvent): Promise<void> {
  const id = newId(at)
  const entry = canonicalJson({ ...event, v: 1, at, eventId: id })
  const position = await countUp(tx, 'outbox')
  await tx.insertInto('outbox').values({ position, id, at, entry }).execute()
}
