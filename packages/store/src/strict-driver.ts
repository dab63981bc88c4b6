import { assert } from '@merlon/core'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  RawNode,
  type RootOperationNode,
  SelectQueryNode,
  type TransactionSettings,
} from 'kysely'
import { limits } from './limits.ts'
import { StoreError } from './store-error.ts'

/** What differs between the two databases' ways to fail. */
export interface Failures {
  readonly isBusy: (error: unknown) => boolean
  /** The coded error of a driver's error; anything unknown is DATABASE_FAILED. */
  readonly explain: (error: unknown) => StoreError
}

/**
 * Kysely's own driver for an engine, made strict and patient: parameters are checked before the
 * engine sees them, writes happen in transactions only, a busy database is asked again without
 * blocking the thread, and every failure has a code of ours.
 */
export class StrictDriver implements Driver {
  readonly #inner: Driver
  readonly #failures: Failures

  constructor(inner: Driver, failures: Failures) {
    this.#inner = inner
    this.#failures = failures
  }

  init(): Promise<void> {
    return this.#inner.init()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const inner = await explained(this.#failures, () => this.#inner.acquireConnection())
    return new StrictConnection(inner, this.#failures)
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings) {
    const strict = own(connection)
    await patiently(this.#failures, () => this.#inner.beginTransaction(strict.inner, settings))
    strict.isInTransaction = true
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const strict = own(connection)
    await explained(this.#failures, () => this.#inner.commitTransaction(strict.inner))
    strict.isInTransaction = false
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const strict = own(connection)
    strict.isInTransaction = false
    await explained(this.#failures, () => this.#inner.rollbackTransaction(strict.inner))
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return this.#inner.releaseConnection(own(connection).inner)
  }

  destroy(): Promise<void> {
    return this.#inner.destroy()
  }
}

class StrictConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection
  readonly #failures: Failures
  isInTransaction = false

  constructor(inner: DatabaseConnection, failures: Failures) {
    this.inner = inner
    this.#failures = failures
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    assert(this.isInTransaction || isRead(query.query), 'a write happens in a transaction')
    query.parameters.forEach(checkParameter)
    const execute = () => this.inner.executeQuery<R>(query)
    return this.isInTransaction
      ? explained(this.#failures, execute)
      : patiently(this.#failures, execute)
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('bug: the store reads pages, not streams')
  }
}

function own(connection: DatabaseConnection): StrictConnection {
  assert(connection instanceof StrictConnection, 'the connection came from this driver')
  return connection
}

function isRead(node: RootOperationNode): boolean {
  return SelectQueryNode.is(node) || RawNode.is(node)
}

/** libSQL aborts the process on a boolean and reads NUL as the end of a text; PostgreSQL refuses NUL. */
function checkParameter(value: unknown): void {
  if (typeof value === 'string') {
    checkText(value)
    return
  }
  const isPlain = value === null || (typeof value === 'number' && Number.isFinite(value))
  assert(isPlain, 'a parameter is a text, a finite number or null')
}

function checkText(text: string): void {
  if (text.length > limits.textCharsMax) {
    throw new StoreError(
      'TEXT_TOO_LONG',
      `a text of ${text.length} characters is over the limit of ${limits.textCharsMax}; shorten it`,
    )
  }
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new StoreError(
      'TEXT_UNSTORABLE',
      'a text holds the character U+0000 or half of a surrogate pair; remove it',
    )
  }
}

/** Tries again while the database is busy; each pause is longer than the one before. */
async function patiently<T>(failures: Failures, work: () => Promise<T>): Promise<T> {
  let waited = 0
  for (let pause: number = limits.busyPauseMs; ; pause *= 1.5) {
    try {
      return await work()
    } catch (error) {
      if (!failures.isBusy(error) || waited > limits.busyWaitMs) throw failures.explain(error)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
    waited += pause + limits.busyBlockMs
  }
}

async function explained<T>(failures: Failures, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw failures.explain(error)
  }
}
