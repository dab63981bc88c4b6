import { generateApiKey } from '@merlon/crypto'
import type { ApiKeyRow } from '@merlon/store'
import { ServerError } from '../server-error.ts'
import type { State } from './state.ts'

export interface CreatedKey extends ApiKeyRow {
  /** Shown once: only its hash is kept. */
  readonly key: string
  /** False: the running server writes the audit record within a second. */
  readonly recorded: boolean
}

export interface RevokedKey extends ApiKeyRow {
  readonly recorded: boolean
}

/**
 * Makes an API key; `by` is who did it, for the audit log.
 * @throws ServerError KEY_DATE_INVALID if it would expire before it is made; StoreError
 */
export async function createKey(
  state: State,
  request: {
    readonly name: string
    readonly roles: readonly string[]
    readonly expiresAt?: number
  },
  by = 'local',
): Promise<CreatedKey> {
  const { name, roles, expiresAt = null } = request
  if (expiresAt !== null && expiresAt <= state.clock()) {
    throw new ServerError(
      'KEY_DATE_INVALID',
      'the key would have expired already; give a later time',
    )
  }
  const { key, prefix, hash } = generateApiKey()
  const row = await state.store.keys.create({ name, roles, prefix, hash, expiresAt }, by)
  return { ...row, key, recorded: await record(state) }
}

/** Oldest first, revoked ones included. */
export function listKeys(state: State): Promise<readonly ApiKeyRow[]> {
  return state.store.keys.list()
}

/**
 * Revokes the key of an id, a prefix, or a name that only one live key has.
 * @throws ServerError KEY_UNKNOWN, KEY_AMBIGUOUS; StoreError
 */
export async function revokeKey(state: State, which: string, by = 'local'): Promise<RevokedKey> {
  const { id } = findKey(await listKeys(state), which)
  const row = await state.store.keys.revoke(id, state.clock(), by)
  if (row === undefined) throw unknown(which)
  return { ...row, recorded: await record(state) }
}

/**
 * The key of an id, or the only live one of a name or prefix.
 * @throws ServerError KEY_UNKNOWN, KEY_AMBIGUOUS
 */
export function findKey(keys: readonly ApiKeyRow[], which: string): ApiKeyRow {
  const exact = keys.find(({ id }) => id === which)
  if (exact !== undefined) return exact
  const named = keys.filter(({ name, prefix }) => name === which || prefix === which)
  const live = named.filter(({ revokedAt }) => revokedAt === null)
  const [first, second] = live.length > 0 ? live : named
  if (first === undefined) throw unknown(which)
  if (live.length > 1 && second !== undefined) {
    const ids = live.map(({ id }) => id).join(', ')
    const message = `${live.length} keys are named ${JSON.stringify(which)}: give an id (${ids})`
    throw new ServerError('KEY_AMBIGUOUS', message)
  }
  return first
}

function unknown(which: string): ServerError {
  const message = `no key has the id, prefix or name ${JSON.stringify(which)}; "merlon key list" shows all`
  return new ServerError('KEY_UNKNOWN', message)
}

async function record({ recorder }: State): Promise<boolean> {
  await recorder?.outbox.deliver()
  return recorder !== undefined
}
