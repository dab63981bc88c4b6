import { type Kysely, sql } from 'kysely'
import type { Tables } from './database.ts'
import type { Engine } from './engine.ts'
import { type Migration, migrations } from './migrations.ts'
import { StoreError } from './store-error.ts'

/** The migrator's own table, which the rest of the store never touches. */
interface WithSteps extends Tables {
  schema_steps: { name: string; position: number; applied_at: number }
}

/** Any number, the same in every Merlon: it makes openers of one PostgreSQL database queue up. */
const advisoryLock = 7_263_501_194

/**
 * Brings the schema up to date, in one transaction that excludes every other opener.
 * @throws StoreError SCHEMA_TOO_NEW
 */
export async function migrate(engine: Engine, now: number, steps = migrations): Promise<void> {
  // The migrator sees one table more than the store.
  const db = engine.db as unknown as Kysely<WithSteps>
  await db.transaction().execute(async (tx) => {
    // On libSQL the transaction itself excludes others: it began with BEGIN IMMEDIATE.
    if (engine.kind === 'postgres') {
      await sql`select pg_advisory_xact_lock(${advisoryLock})`.execute(tx)
    }
    await tx.schema
      .createTable('schema_steps')
      .ifNotExists()
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('position', 'bigint', (c) => c.notNull())
      .addColumn('applied_at', 'bigint', (c) => c.notNull())
      .execute()
    const applied = await tx.selectFrom('schema_steps').select('name').execute()
    const pending = pendingSteps(
      applied.map(({ name }) => name),
      steps,
    )
    for (const step of pending) {
      for (const statement of step.statements(tx.schema)) await statement.execute()
      const position = steps.indexOf(step)
      await tx
        .insertInto('schema_steps')
        .values({ name: step.name, position, applied_at: now })
        .execute()
    }
  })
}

function pendingSteps(
  applied: readonly string[],
  steps: readonly Migration[],
): readonly Migration[] {
  const known = new Set(steps.map(({ name }) => name))
  const unknown = applied.find((name) => !known.has(name))
  if (unknown !== undefined) {
    throw new StoreError(
      'SCHEMA_TOO_NEW',
      `the database has the migration ${unknown}, which this version does not know; run the newer Merlon that wrote it`,
    )
  }
  return steps.filter(({ name }) => !applied.includes(name))
}
