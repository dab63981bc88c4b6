import { type VerdictKind, verdictKinds } from '@merlon/core'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { limits } from './limits.ts'

/** One verdict of the gateway, as it stands in the audit log under `auditIndex`. */
export interface DecisionRow {
  readonly auditIndex: number
  readonly at: number
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly route: string | null
  readonly model: string | null
  readonly keyId: string | null
  readonly keyName: string | null
  readonly verdict: VerdictKind
  readonly status: number
  readonly code: string
  readonly reason: string
  readonly requestBytes: number
  readonly requestSha256: string | null
  readonly responseSha256: string | null
  readonly latencyMs: number
}

export interface DecisionFilter {
  readonly verdict?: VerdictKind | undefined
  readonly code?: string | undefined
  readonly keyId?: string | undefined
  /** Older than this record. */
  readonly before?: number | undefined
  readonly limit?: number | undefined
}

/** A projection of the audit log: it may be cleared and appended again from the log at any time. */
export interface Decisions {
  /** In one transaction; a row that is there already stays as it is. */
  append(batch: readonly DecisionRow[]): Promise<void>
  /** Newest first; `total` counts all that match, `before` aside. */
  list(filter?: DecisionFilter): Promise<{ decisions: readonly DecisionRow[]; total: number }>
  /** Oldest first; minutes without traffic are left out. `passed` counts pass and rewrite. */
  perMinute(since: number): Promise<readonly { at: number; passed: number; blocked: number }[]>
  counts(): Promise<Readonly<Record<VerdictKind, number>>>
  /** The newest record in the projection, `undefined` if it is empty. */
  lastIndex(): Promise<number | undefined>
  clear(): Promise<void>
}

/** The projection over an open database. */
export function decisionsOf(db: Database): Decisions {
  return {
    append: (batch) => append(db, batch),
    list: (filter = {}) => list(db, filter),
    perMinute: (since) => perMinute(db, since),
    async counts() {
      const rows = await db
        .selectFrom('decisions')
        .select(['verdict', (e) => e.fn.countAll<number>().as('n')])
        .groupBy('verdict')
        .execute()
      const count = (kind: VerdictKind) => rows.find((row) => row.verdict === kind)?.n ?? 0
      const [pass, rewrite, block, review] = verdictKinds.map(count)
      return { pass: pass!, rewrite: rewrite!, block: block!, review: review! }
    },
    async lastIndex() {
      const newest = db
        .selectFrom('decisions')
        .select('audit_index')
        .orderBy('audit_index', 'desc')
        .limit(1)
      return (await newest.executeTakeFirst())?.audit_index
    },
    async clear() {
      await db.transaction().execute((tx) => tx.deleteFrom('decisions').execute())
    },
  }
}

async function append(db: Database, batch: readonly DecisionRow[]): Promise<void> {
  if (batch.length === 0) return
  // The whole decision as JSON: hostile text in it is escaped, so that no byte of it can be refused.
  const rows = batch.map((decision) => ({
    audit_index: decision.auditIndex,
    at: decision.at,
    verdict: decision.verdict,
    code: decision.code,
    key_id: decision.keyId,
    body: JSON.stringify(decision),
  }))
  await db.transaction().execute(async (tx) => {
    for (let start = 0; start < rows.length; start += limits.rowsPerInsertMax) {
      await tx
        .insertInto('decisions')
        .values(rows.slice(start, start + limits.rowsPerInsertMax))
        .onConflict((conflict) => conflict.column('audit_index').doNothing())
        .execute()
    }
  })
}

async function list(db: Database, { verdict, code, keyId, before, limit = 100 }: DecisionFilter) {
  let matching = db.selectFrom('decisions')
  if (verdict !== undefined) matching = matching.where('verdict', '=', verdict)
  if (code !== undefined) matching = matching.where('code', '=', code)
  if (keyId !== undefined) matching = matching.where('key_id', '=', keyId)
  let page = matching.select('body').orderBy('audit_index', 'desc')
  if (before !== undefined) page = page.where('audit_index', '<', before)
  const rows = await page.limit(Math.min(limit, limits.rowsPerListMax)).execute()
  const counted = await matching
    .select((e) => e.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const decisions = rows.map(({ body }): DecisionRow => JSON.parse(body))
  return { decisions, total: counted.total }
}

async function perMinute(db: Database, since: number) {
  // The divisor is in the text: as a parameter libSQL would take it for a real number.
  const minute = sql<number>`(at / 60000) * 60000`
  const rows = await db
    .selectFrom('decisions')
    .select([
      minute.as('minute'),
      sql<number>`sum(case when verdict in ('pass', 'rewrite') then 1 else 0 end)`.as('passed'),
      sql<number>`sum(case when verdict in ('pass', 'rewrite') then 0 else 1 end)`.as('blocked'),
    ])
    .where('at', '>=', since)
    .groupBy(minute)
    .orderBy(minute)
    .limit(limits.rowsPerListMax)
    .execute()
  return rows.map(({ minute: at, passed, blocked }) => ({ at, passed, blocked }))
}
