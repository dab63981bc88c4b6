import type { Clock } from '@merlon/core'
import type { Database, Tables } from './database.ts'
import { limits } from './limits.ts'
import { record } from './outbox.ts'

export interface NewModel {
  readonly name: string
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  /** The model package's signature, as plain data; the store does not look into it. */
  readonly signature: object
  /** Names of the classes, in order; empty where nobody gave any. */
  readonly labels: readonly string[]
}

/** A registered model; `registeredAt` is when this content (sha256) was first registered under the name. */
export interface ModelRow extends NewModel {
  readonly registeredAt: number
}

/** The models by name. New content under a name leaves an event for the audit log. */
export interface Models {
  register(model: NewModel, by?: string): Promise<ModelRow>
  /** By name. */
  list(): Promise<readonly ModelRow[]>
  byName(name: string): Promise<ModelRow | undefined>
}

/** Models over an open database. */
export function modelsOf(db: Database, clock: Clock): Models {
  return {
    register: (model, by = 'local') => register(db, clock(), model, by),
    async list() {
      const rows = await db.selectFrom('models').selectAll().limit(limits.rowsPerListMax).execute()
      // Sorted here: the two databases compare texts differently.
      return rows.map(rowOf).sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async byName(name) {
      const query = db.selectFrom('models').selectAll().where('name', '=', name)
      const row = await query.executeTakeFirst()
      return row && rowOf(row)
    },
  }
}

function register(db: Database, now: number, model: NewModel, by: string): Promise<ModelRow> {
  const { name, path, sha256, bytes } = model
  return db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom('models')
      .select(['sha256', 'registered_at'])
      .where('name', '=', name)
      .executeTakeFirst()
    const isSame = before?.sha256 === sha256
    const row: Tables['models'] = {
      name,
      path,
      sha256,
      bytes,
      signature: JSON.stringify(model.signature),
      labels: JSON.stringify(model.labels),
      registered_at: isSame ? before.registered_at : now,
    }
    await tx
      .insertInto('models')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute()
    if (!isSame) {
      const about = { name, path, sha256, bytes, previousSha256: before?.sha256 ?? null, by }
      await record(tx, now, { kind: 'model', action: 'registered', ...about })
    }
    return rowOf(row)
  })
}

function rowOf(row: Tables['models']): ModelRow {
  return {
    name: row.name,
    path: row.path,
    sha256: row.sha256,
    bytes: row.bytes,
    signature: JSON.parse(row.signature),
    labels: JSON.parse(row.labels),
    registeredAt: row.registered_at,
  }
}
