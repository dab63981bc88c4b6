import type { Database } from './database.ts'

/** A few named texts that belong to the installation, such as where its log began. */
export interface Meta {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
}

/** The named texts over an open database. */
export function metaOf(db: Database): Meta {
  return {
    async get(name) {
      const query = db.selectFrom('meta').select('value').where('name', '=', name)
      return (await query.executeTakeFirst())?.value
    },
    async set(name, value) {
      await db.transaction().execute((tx) =>
        tx
          .insertInto('meta')
          .values({ name, value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
          .execute(),
      )
    },
  }
}
