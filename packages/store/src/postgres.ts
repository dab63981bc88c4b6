import { assert } from '@merlon/core'
import { type Dialect, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Engine } from './engine.ts'
import { limits } from './limits.ts'
import { StoreError } from './store-error.ts'
import { type Failures, StrictDriver } from './strict-driver.ts'

/**
 * A pool of connections to a PostgreSQL server; nothing is sent before the first statement.
 * @throws StoreError DATABASE_URL_INVALID
 */
export function openPostgres(url: string): Engine {
  if (!URL.canParse(url)) {
    const message = 'the database setting is not a URL; write postgres://user@host:5432/name'
    throw new StoreError('DATABASE_URL_INVALID', message)
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.postgresConnectionsMax,
    connectionTimeoutMillis: limits.postgresConnectMs,
    statement_timeout: limits.postgresStatementMs,
    idle_in_transaction_session_timeout: limits.postgresStatementMs,
    application_name: 'merlon',
    types: { getTypeParser },
  })
  // A server that goes away ends idle connections; the next statement says so to its caller.
  pool.on('error', () => undefined)
  const base = new PostgresDialect({ pool })
  const failures = failuresOf(placeOf(url))
  const dialect: Dialect = {
    createDriver: () => new StrictDriver(base.createDriver(), failures),
    createAdapter: () => base.createAdapter(),
    createQueryCompiler: () => base.createQueryCompiler(),
    createIntrospector: (db) => base.createIntrospector(db),
  }
  return { kind: 'postgres', db: new Kysely({ dialect }) }
}

const int8 = 20

/** pg gives int8 as text, because not every one is a safe integer; ours are, and this proves it. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === int8 && format !== 'binary') return safeInteger
  return pg.types.getTypeParser(oid, format)
}

function safeInteger(text: string): number {
  const value = Number(text)
  assert(Number.isSafeInteger(value), 'a bigint column holds a safe integer')
  return value
}

/** Host and database, without user and password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `PostgreSQL at ${host === '' ? 'the local socket' : host}${pathname}`
}

function failuresOf(place: string): Failures {
  return {
    isBusy: () => false,
    explain: (cause) => {
      if (cause instanceof StoreError) return cause
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
      if (code === '53100') {
        return new StoreError('DATABASE_FULL', `${place} has no space left; free some`, { cause })
      }
      // No SQLSTATE at all (none begins with E) is a connection that did not come about or broke.
      const isSqlState = /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code)
      const isConnection = !isSqlState || /^(08|28|3D|57P|53)/.test(code)
      if (isConnection) {
        const message = `${place} did not answer or refused the login; check address, user and password`
        return new StoreError('DATABASE_UNREACHABLE', message, { cause })
      }
      const message = `${place} refused a statement; run with --verbose to see why`
      return new StoreError('DATABASE_FAILED', message, { cause })
    },
  }
}
