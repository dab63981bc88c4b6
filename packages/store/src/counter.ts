import { sql } from 'kysely'
import type { Change } from './database.ts'

/**
 * The next number of a counter, from 1. The counter's row stays locked until the change ends, so that
 * numbers follow the order in which changes are committed.
 */
export async function countUp(tx: Change, name: 'policy' | 'outbox'): Promise<number> {
  const { value } = await tx
    .insertInto('counters')
    .values({ name, value: 1 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value: sql`counters.value + 1` }),
    )
    .returning('value')
    .executeTakeFirstOrThrow()
  return value
}
