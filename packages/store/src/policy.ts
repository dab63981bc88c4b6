import type { Database } from './database.ts'

/** Grows with each change of keys, so that a data plane polls one small number. 0: never changed. */
export async function policyVersion(db: Database): Promise<number> {
  const query = db.selectFrom('counters').select('value').where('name', '=', 'policy')
  return (await query.executeTakeFirst())?.value ?? 0
}
