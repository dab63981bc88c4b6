import type { Clock } from '@merlon/core'
import { countUp } from './counter.ts'
import type { Database, Tables } from './database.ts'
import { newId } from './id.ts'
import { limits } from './limits.ts'
import { record } from './outbox.ts'

export interface NewApiKey {
  readonly name: string
  /** The first characters of the key, to recognise it by. */
  readonly prefix: string
  /** Lower-case hex SHA-256 of the key: the key itself is never stored. */
  readonly hash: string
  readonly roles: readonly string[]
  readonly expiresAt?: number | null
}

/** An API key as it is stored. Times are milliseconds; `null` means never. */
export interface ApiKeyRow {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly hash: string
  readonly roles: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

/** API keys. Each change bumps the policy version and leaves an event for the audit log. */
export interface Keys {
  /** `by` is who did it, for the audit log. */
  create(key: NewApiKey, by?: string): Promise<ApiKeyRow>
  /** Oldest first, revoked ones included. */
  list(): Promise<readonly ApiKeyRow[]>
  byId(id: string): Promise<ApiKeyRow | undefined>
  /** The row after; unchanged if it was revoked before; `undefined` if there is none. */
  revoke(id: string, at?: number, by?: string): Promise<ApiKeyRow | undefined>
}

/** API keys over an open database. */
export function keysOf(db: Database, clock: Clock): Keys {
  const one = async (id: string) => {
    const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
    return row && rowOf(row)
  }
  return {
    async create(key, by = 'local') {
      const now = clock()
      const values: Tables['api_keys'] = {
        id: newId(now),
        name: key.name,
        prefix: key.prefix,
        hash: key.hash,
        roles: JSON.stringify(key.roles),
        created_at: now,
        expires_at: key.expiresAt ?? null,
        revoked_at: null,
      }
      await db.transaction().execute(async (tx) => {
        await tx.insertInto('api_keys').values(values).execute()
        await countUp(tx, 'policy')
        const { id, name, prefix, expires_at: expiresAt } = values
        const about = { id, name, prefix, roles: key.roles, expiresAt, by }
        await record(tx, now, { kind: 'key', action: 'created', ...about })
      })
      return rowOf(values)
    },
    async list() {
      const query = db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id')
      return (await query.limit(limits.keysMax).execute()).map(rowOf)
    },
    byId: one,
    async revoke(id, at = clock(), by = 'local') {
      await db.transaction().execute(async (tx) => {
        const revoked = await tx
          .updateTable('api_keys')
          .set({ revoked_at: at })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returning(['name', 'prefix'])
          .executeTakeFirst()
        if (revoked === undefined) return
        await countUp(tx, 'policy')
        await record(tx, at, { kind: 'key', action: 'revoked', id, ...revoked, by })
      })
      return one(id)
    },
  }
}

function rowOf(row: Tables['api_keys']): ApiKeyRow {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    hash: row.hash,
    roles: JSON.parse(row.roles),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
