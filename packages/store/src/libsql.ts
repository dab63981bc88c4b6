import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Dialect, Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import Libsql from 'libsql'
import type { Engine } from './engine.ts'
import { limits } from './limits.ts'
import { StoreError } from './store-error.ts'
import { type Failures, StrictDriver } from './strict-driver.ts'

/**
 * Opens a database file that only its owner may read, creating it and its folder where needed.
 * @throws StoreError DATABASE_UNREACHABLE, DATABASE_UNREADABLE, DATABASE_BUSY
 */
export function openLibsql(file: string): Engine {
  // An absolute path: libSQL would take something like http://host for a server.
  const path = resolve(file)
  const failures = failuresOf(path)
  let handle: SqliteDatabase
  try {
    makePrivate(path)
    const database = new Libsql(path, { timeout: limits.busyBlockMs })
    handle = handleOf(database)
  } catch (error) {
    throw failures.explain(error)
  }
  const base = new SqliteDialect({ database: handle, onCreateConnection: async () => undefined })
  const dialect: Dialect = {
    createDriver: () => new StrictDriver(base.createDriver(), failures),
    createAdapter: () => base.createAdapter(),
    createQueryCompiler: () => base.createQueryCompiler(),
    createIntrospector: (db) => base.createIntrospector(db),
  }
  return { kind: 'libsql', db: new Kysely({ dialect }) }
}

/** SQLite gives its -wal and -shm files the mode of the database file. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/** Statements that go through `exec`, by the words that Kysely sends. */
const control: Readonly<Record<string, string>> = {
  // Taking the write lock at once: a read that turns into a write could fail in its middle.
  begin: 'begin immediate',
  commit: 'commit',
  rollback: 'rollback',
}

/**
 * The handle that Kysely drives. Control statements go through `exec`, which always finalises them:
 * libSQL 0.5.29 leaves a prepared statement that failed busy in progress, and then no commit of that
 * connection succeeds. All other writes happen inside, where they cannot be busy.
 */
function handleOf(database: Libsql.Database): SqliteDatabase {
  database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = full')
  database.exec('pragma foreign_keys = on')
  return {
    prepare: (sql) => {
      const words = control[sql]
      if (words === undefined) return database.prepare<unknown[]>(sql)
      const run = () => {
        // A full disk can end a transaction by itself; undoing it again would hide why it failed.
        if (sql !== 'rollback' || database.inTransaction) database.exec(words)
        return { changes: 0, lastInsertRowid: 0 }
      }
      return { reader: false, run, all: () => [], iterate: () => [].values() }
    },
    close: () => database.close(),
  }
}

function failuresOf(path: string): Failures {
  const isBusy = (error: unknown) => codeOf(error).startsWith('SQLITE_BUSY')
  return {
    isBusy,
    explain: (cause) => {
      if (cause instanceof StoreError) return cause
      const code = codeOf(cause)
      if (isBusy(cause)) return busy(path, cause)
      if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
        const message = `${path} is not a database or is damaged; check the path or restore a backup`
        return new StoreError('DATABASE_UNREADABLE', message, { cause })
      }
      if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
        const message = `the disk that holds ${path} is full; free some space`
        return new StoreError('DATABASE_FULL', message, { cause })
      }
      if (/^(E[A-Z]+|SQLITE_(CANTOPEN|READONLY|PERM|IOERR).*|)$/.test(code)) {
        const message = `${path} cannot be opened for writing; check that its folder exists and may be written`
        return new StoreError('DATABASE_UNREACHABLE', message, { cause })
      }
      const message = `${path} refused a statement; run with --verbose to see why`
      return new StoreError('DATABASE_FAILED', message, { cause })
    },
  }
}

function busy(path: string, cause: unknown): StoreError {
  const message = `another process kept ${path} locked for more than ${limits.busyWaitMs / 1000} s; look for one that hangs`
  return new StoreError('DATABASE_BUSY', message, { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '-'
}
