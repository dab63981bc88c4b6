import type { Clock } from '@merlon/core'
import { type Assessments, assessmentsOf } from './assessments.ts'
import { type Decisions, decisionsOf } from './decisions.ts'
import type { Engine } from './engine.ts'
import { type Jobs, jobsOf } from './jobs.ts'
import { type Keys, keysOf } from './keys.ts'
import { openLibsql } from './libsql.ts'
import { type Meta, metaOf } from './meta.ts'
import { migrate } from './migrate.ts'
import { type Models, modelsOf } from './models.ts'
import { type Outbox, outboxOf } from './outbox.ts'
import { policyVersion } from './policy.ts'
import { openPostgres } from './postgres.ts'
import { type Sessions, sessionsOf } from './sessions.ts'
import { StoreError } from './store-error.ts'

/**
 * Opens the state of an installation and brings its schema up to date: a file of its own for libSQL,
 * or PostgreSQL where the address begins with postgres://. Any number of processes may do so at once.
 * @throws StoreError DATABASE_URL_INVALID, DATABASE_UNREACHABLE, DATABASE_UNREADABLE, DATABASE_BUSY, SCHEMA_TOO_NEW
 */
export async function openStore(url: string, { clock }: { clock: Clock }): Promise<Store> {
  const engine = openEngine(url)
  try {
    await migrate(engine, clock())
  } catch (error) {
    await engine.db.destroy()
    throw error
  }
  return new Store(engine, clock)
}

function openEngine(url: string): Engine {
  if (/^postgres(ql)?:\/\//i.test(url)) return openPostgres(url)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (scheme !== undefined || url === '') {
    throw new StoreError(
      'DATABASE_URL_INVALID',
      `the database ${scheme === undefined ? 'setting is empty' : `scheme ${scheme} is not known`}; give a file path or a postgres:// URL`,
    )
  }
  return openLibsql(url)
}

/** Everything durable except the audit log itself and the files of models. */
export class Store {
  readonly engine: Engine['kind']
  readonly keys: Keys
  readonly sessions: Sessions
  readonly models: Models
  readonly assessments: Assessments
  readonly decisions: Decisions
  readonly jobs: Jobs
  readonly outbox: Outbox
  readonly meta: Meta
  readonly #db: Engine['db']

  /** Made by `openStore`. */
  constructor({ kind, db }: Engine, clock: Clock) {
    this.engine = kind
    this.#db = db
    this.keys = keysOf(db, clock)
    this.sessions = sessionsOf(db, clock)
    this.models = modelsOf(db, clock)
    this.assessments = assessmentsOf(db, clock)
    this.decisions = decisionsOf(db)
    this.jobs = jobsOf({ kind, db }, clock)
    this.outbox = outboxOf(db, clock)
    this.meta = metaOf(db)
  }

  /** Grows with each change of keys; 0 before the first. */
  policyVersion(): Promise<number> {
    return policyVersion(this.#db)
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
