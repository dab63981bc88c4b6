import { listKeys } from '@merlon/server'
import type { Invocation, Outcome } from '../command.ts'
import { instantText } from '../figures.ts'
import { table } from '../table.ts'
import { withStateIfAny } from '../with-state.ts'

/** `merlon key list`: all keys, revoked and expired ones included. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const rows = await withStateIfAny(invocation, [], listKeys)
  const now = invocation.world.clock()
  const keys = rows.map(({ hash: _, ...row }) => ({ ...row, state: stateOf(row, now) }))
  return {
    data: { keys },
    text: (paint) =>
      keys.length === 0
        ? ['no API key yet; make one with: merlon key create NAME --role infer']
        : table(
            [
              { heading: 'name', paint: paint.bold, isFlexible: true },
              { heading: 'state' },
              { heading: 'prefix' },
              { heading: 'roles', isFlexible: true },
              { heading: 'created' },
              { heading: 'expires' },
              { heading: 'id', paint: paint.dim },
            ],
            keys.map(({ name, state, prefix, roles, createdAt, expiresAt, id }) => [
              name,
              state,
              prefix,
              roles.join(', '),
              instantText(createdAt),
              expiresAt === null ? 'never' : instantText(expiresAt),
              id,
            ]),
            paint,
          ),
  }
}

interface Ends {
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

function stateOf({ expiresAt, revokedAt }: Ends, now: number): 'live' | 'revoked' | 'expired' {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'live'
}
