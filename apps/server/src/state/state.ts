import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AuditError, type AuditLog, openAuditLog } from '@merlon/audit'
import type { Clock, CodedError } from '@merlon/core'
import { type PublicKey, verifierKey } from '@merlon/crypto'
import { openStore, type Store } from '@merlon/store'
import type { Settings } from '../config/settings.ts'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'
import { Chronicle } from './chronicle.ts'
import { openLogKey, readVerifierKey } from './log-key.ts'
import { OutboxDelivery } from './outbox-delivery.ts'
import { runningServer } from './running-server.ts'
import { type StatePaths, statePaths } from './state-paths.ts'

/** The audit log with what hangs on it; only the one process that writes the log has it. */
export interface Recorder {
  readonly log: AuditLog
  readonly chronicle: Chronicle
  readonly outbox: OutboxDelivery
  readonly origin: string
  readonly publicKey: PublicKey
  readonly verifierKey: string
}

/** The open state of an installation. */
export interface State {
  readonly paths: StatePaths
  readonly store: Store
  readonly clock: Clock
  readonly witnesses: readonly string[]
  /** Undefined while another process writes the log: that one records what this one changes. */
  readonly recorder: Recorder | undefined
  close(): Promise<void>
}

export interface StateOptions {
  readonly clock: Clock
  /** Whether this process writes the audit log: it must, it may if nobody else does, or it does not. */
  readonly audit: 'write' | 'if-free' | 'none'
  /** Hears of what went wrong without losing a record, such as a witness that cannot be written. */
  readonly onProblem?: (problem: CodedError) => void
}

/**
 * Opens the state folder, and makes it where there is none.
 * @throws ServerError ALREADY_RUNNING, STATE_UNUSABLE; StoreError; AuditError; CryptoError
 */
export async function openState(
  settings: Pick<Settings, 'stateDir' | 'database' | 'witnesses' | 'config'>,
  options: StateOptions,
): Promise<State> {
  const { clock, audit } = options
  const paths = statePaths(settings.stateDir)
  await makeFolders(settings.stateDir, paths)
  const store = await openStore(settings.database, { clock })
  try {
    const recorder =
      audit === 'none' ? undefined : await openRecorder(settings, paths, store, options)
    if (recorder === undefined && audit === 'write') throw await alreadyRunning(paths)
    return {
      paths,
      store,
      clock,
      witnesses: settings.witnesses,
      recorder,
      async close() {
        try {
          await recorder?.log.close()
        } finally {
          await store.close()
        }
      },
    }
  } catch (cause) {
    await store.close()
    throw cause
  }
}

/** What `audit verify` and `audit show` need to know, without opening the store. */
export interface AuditPlace {
  readonly dir: string
  readonly origin: string
  readonly publicKey: PublicKey
  readonly verifierKey: string
  readonly witnesses: readonly string[]
}

/** @throws ServerError STATE_MISSING */
export async function auditPlace(
  settings: Pick<Settings, 'stateDir' | 'witnesses'>,
): Promise<AuditPlace> {
  const paths = statePaths(settings.stateDir)
  const known = await readVerifierKey(paths)
  if (known === undefined || !existsSync(paths.audit)) {
    const message = `${settings.stateDir} holds no audit log; "merlon start" begins one, --state names another folder`
    throw new ServerError('STATE_MISSING', message)
  }
  return {
    dir: paths.audit,
    origin: known.name,
    publicKey: known.publicKey,
    verifierKey: verifierKey(known.name, known.publicKey),
    witnesses: settings.witnesses,
  }
}

async function makeFolders(dir: string, paths: StatePaths): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await mkdir(paths.keys, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const message = `the state folder ${dir} cannot be made; name another with --state or MERLON_STATE`
    throw new ServerError('STATE_UNUSABLE', message, { cause })
  }
}

/** Undefined if another process writes the log. */
async function openRecorder(
  { witnesses, config }: Pick<Settings, 'witnesses' | 'config'>,
  paths: StatePaths,
  store: Store,
  { clock, onProblem = () => undefined }: StateOptions,
): Promise<Recorder | undefined> {
  const { key, origin, verifierKey: text } = await openLogKey(paths, config.project)
  // A command that changes a key holds the lock for a moment; a running server holds it for good.
  for (let attempt = 1; ; attempt++) {
    try {
      const log = await openAuditLog(paths.audit, { origin, key, clock, witnesses, onProblem })
      const chronicle = await Chronicle.open(paths.chronicle, log)
      const outbox = new OutboxDelivery(store, log, chronicle)
      const { publicKey } = key
      return { log, chronicle, outbox, origin, publicKey, verifierKey: text }
    } catch (cause) {
      if (!(cause instanceof AuditError && cause.code === 'AUDIT_LOCKED')) throw cause
      const running = await runningServer(paths)
      if (running !== undefined || attempt === limits.lockTries) return undefined
      await pause(limits.lockPauseMs)
    }
  }
}

async function alreadyRunning(paths: StatePaths): Promise<ServerError> {
  const running = await runningServer(paths)
  const who =
    running === undefined
      ? 'another process writes its audit log'
      : `process ${running.pid} serves it at ${running.url}`
  return new ServerError(
    'ALREADY_RUNNING',
    `this state is in use: ${who}; stop that one, or name another folder with --state`,
  )
}
