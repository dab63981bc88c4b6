import type { Database } from './database.ts'

/** An open database and which of the two it is. */
export interface Engine {
  readonly kind: 'libsql' | 'postgres'
  readonly db: Database
}
