import type { Clock } from '@merlon/core'
import type { Database, Tables } from './database.ts'
import { record } from './outbox.ts'

export interface SessionRow {
  /** Hash of the id that the browser holds. */
  readonly hash: string
  readonly user: string
  readonly csrfToken: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
}

/** Login tokens and sessions of the console. Each login and logout leaves an event for the audit log. */
export interface Sessions {
  createLoginToken(token: { hash: string; user: string; expiresAt: number }): Promise<void>
  /** Spends the token and opens the session in one step; `undefined` if it is unknown, spent or late. */
  login(
    tokenHash: string,
    session: { hash: string; csrfToken: string; expiresAt: number },
  ): Promise<SessionRow | undefined>
  /** The session if it has not expired. */
  byHash(hash: string): Promise<SessionRow | undefined>
  /** Notes that the session was used, and moves its end. */
  touch(hash: string, expiresAt: number): Promise<void>
  /** True if there was one. */
  logout(hash: string): Promise<boolean>
  /** Forgets what has expired. */
  prune(): Promise<void>
}

/** Sessions over an open database. */
export function sessionsOf(db: Database, clock: Clock): Sessions {
  return {
    async createLoginToken({ hash, user, expiresAt }) {
      const row = { hash, user_name: user, created_at: clock(), expires_at: expiresAt }
      await db.transaction().execute((tx) =>
        tx
          .insertInto('login_tokens')
          .values({ ...row, used_at: null })
          .execute(),
      )
    },
    login: (tokenHash, session) => login(db, clock(), tokenHash, session),
    async byHash(hash) {
      const row = await db
        .selectFrom('sessions')
        .selectAll()
        .where('hash', '=', hash)
        .where('expires_at', '>', clock())
        .executeTakeFirst()
      return row && rowOf(row)
    },
    async touch(hash, expiresAt) {
      await db
        .transaction()
        .execute((tx) =>
          tx
            .updateTable('sessions')
            .set({ last_seen_at: clock(), expires_at: expiresAt })
            .where('hash', '=', hash)
            .execute(),
        )
    },
    async logout(hash) {
      return db.transaction().execute(async (tx) => {
        const gone = await tx
          .deleteFrom('sessions')
          .where('hash', '=', hash)
          .returning('user_name')
          .executeTakeFirst()
        if (gone === undefined) return false
        await record(tx, clock(), { kind: 'session', action: 'closed', user: gone.user_name })
        return true
      })
    },
    async prune() {
      await db.transaction().execute(async (tx) => {
        await tx.deleteFrom('login_tokens').where('expires_at', '<=', clock()).execute()
        await tx.deleteFrom('sessions').where('expires_at', '<=', clock()).execute()
      })
    },
  }
}

function login(
  db: Database,
  now: number,
  tokenHash: string,
  session: { hash: string; csrfToken: string; expiresAt: number },
): Promise<SessionRow | undefined> {
  return db.transaction().execute(async (tx) => {
    // The UPDATE is the test: of two logins with one token, one finds used_at set.
    const token = await tx
      .updateTable('login_tokens')
      .set({ used_at: now })
      .where('hash', '=', tokenHash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .returning('user_name')
      .executeTakeFirst()
    if (token === undefined) return undefined
    const row: Tables['sessions'] = {
      hash: session.hash,
      user_name: token.user_name,
      csrf_token: session.csrfToken,
      created_at: now,
      last_seen_at: now,
      expires_at: session.expiresAt,
    }
    await tx.insertInto('sessions').values(row).execute()
    await record(tx, now, { kind: 'session', action: 'opened', user: token.user_name })
    return rowOf(row)
  })
}

function rowOf(row: Tables['sessions']): SessionRow {
  return {
    hash: row.hash,
    user: row.user_name,
    csrfToken: row.csrf_token,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  }
}
