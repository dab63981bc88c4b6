import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import {
  CryptoError,
  generateSigningKey,
  parseVerifierKey,
  readSigningKey,
  type SigningKey,
  type VerifierKey,
  verifierKey,
  writeSigningKey,
} from '@merlon/crypto'
import { ServerError } from '../server-error.ts'
import type { StatePaths } from './state-paths.ts'

/** The key that signs the log, and the origin that it signs under. */
export interface LogKey {
  readonly key: SigningKey
  readonly origin: string
  /** `origin+hash+base64`. */
  readonly verifierKey: string
}

/**
 * The log's key; made at the first start and never again while a log exists.
 * @throws ServerError STATE_UNUSABLE if there is a log but no key, CryptoError
 */
export async function openLogKey(paths: StatePaths, project: string): Promise<LogKey> {
  if (!existsSync(paths.signingKey)) await makeKey(paths)
  const key = await readSigningKey(paths.signingKey)
  // The origin is fixed when the log is begun: a renamed project keeps its log.
  const known = await readVerifierKey(paths)
  const origin = known?.name ?? `merlon.local/${project}`
  const text = verifierKey(origin, key.publicKey)
  if (known === undefined || verifierKey(known.name, known.publicKey) !== text) {
    await writeFile(paths.verifierKey, `${text}\n`, { mode: 0o644 })
  }
  return { key, origin, verifierKey: text }
}

/** The public half, or undefined if there is none yet or it cannot be read. */
export async function readVerifierKey(paths: StatePaths): Promise<VerifierKey | undefined> {
  try {
    return parseVerifierKey((await readFile(paths.verifierKey, 'utf8')).trim())
  } catch {
    // It is derived from the private key and written anew from it.
    return undefined
  }
}

async function makeKey(paths: StatePaths): Promise<void> {
  const entries = await readdir(paths.audit).catch(() => [])
  if (entries.length > 0) {
    const message = `${paths.audit} holds a log, but its key ${paths.signingKey} is gone; bring the key back or move the log away`
    throw new ServerError('STATE_UNUSABLE', message)
  }
  try {
    await writeSigningKey(paths.signingKey, generateSigningKey())
  } catch (cause) {
    // Another process made it in the same moment: that one is as good.
    if (!(cause instanceof CryptoError && cause.code === 'KEY_FILE_EXISTS')) throw cause
  }
}
