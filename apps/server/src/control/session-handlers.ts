import { openApiDocument, type Session } from '@merlon/api'
import { assert, version } from '@merlon/core'
import type { SessionRow } from '@merlon/store'
import type { ControlContext } from './control-context.ts'
import type { Handlers } from './control-plane.ts'
import { ControlError } from './problem.ts'
import { openSession, sessionCookie } from './sessions.ts'

type SessionRoutes =
  | 'GET /api/v1/health'
  | 'GET /api/v1/openapi.json'
  | 'POST /api/v1/session'
  | 'GET /api/v1/session'
  | 'DELETE /api/v1/session'

/** Logging in and out, and what needs no session. */
export const sessionHandlers: Pick<Handlers, SessionRoutes> = {
  'GET /api/v1/health': async () => ({ status: 'ok', version }),
  'GET /api/v1/openapi.json': async () => ({ ...openApiDocument() }),

  async 'POST /api/v1/session'({ context, body, address, logins }) {
    const waitMs = logins.waitMs(address)
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      throw new ControlError('TOO_MANY_LOGINS', `too many logins; try again in ${seconds} s`, {
        headers: { 'retry-after': String(seconds) },
      })
    }
    const { id, session } = await openSession(context.store, context.clock, body.token)
    await context.recorder.outbox.deliver()
    return Response.json(sessionReply(context, session), {
      headers: { 'set-cookie': sessionCookie(id, context.isSecure) },
    })
  },

  async 'GET /api/v1/session'({ context, session }) {
    assert(session !== undefined, 'the route asks for a session')
    return sessionReply(context, session)
  },

  async 'DELETE /api/v1/session'({ context, session }) {
    assert(session !== undefined, 'the route asks for a session')
    await context.store.sessions.logout(session.hash)
    context.liveViews.end(session.hash)
    await context.recorder.outbox.deliver()
    return Response.json(
      { done: true },
      { headers: { 'set-cookie': sessionCookie(undefined, context.isSecure) } },
    )
  },
}

function sessionReply({ config }: ControlContext, session: SessionRow): Session {
  const { user, csrfToken, expiresAt } = session
  return { user, csrfToken, expiresAt, version, project: config.project }
}
