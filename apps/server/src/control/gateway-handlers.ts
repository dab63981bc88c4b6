import type { ApiKey, Decision, Reply } from '@merlon/api'
import { assert } from '@merlon/core'
import type { ApiKeyRow, DecisionRow } from '@merlon/store'
import { createKey, listKeys, revokeKey } from '../state/api-keys.ts'
import type { Handlers } from './control-plane.ts'
import { liveDecisions } from './live-decisions.ts'

type GatewayRoutes =
  | 'GET /api/v1/gateway'
  | 'GET /api/v1/decisions'
  | 'GET /api/v1/decisions/live'
  | 'GET /api/v1/keys'
  | 'POST /api/v1/keys'
  | 'DELETE /api/v1/keys/:id'

/** What the data plane serves, what it decided, and who may call it. */
export const gatewayHandlers: Pick<Handlers, GatewayRoutes> = {
  async 'GET /api/v1/gateway'({ context }) {
    const { version, routes } = context.policy.snapshot
    const { passed, blocked } = context.gateway.counts
    const status: Reply<'GET /api/v1/gateway'> = {
      url: context.url(),
      routes: [...routes.values()].map(({ route, model, roles, ...limits }) => ({
        route,
        model,
        roles: [...roles],
        limits,
      })),
      policyVersion: version,
      counts: { passed, blocked },
      startedAt: context.startedAt,
    }
    return status
  },

  async 'GET /api/v1/decisions'({ context, query }) {
    await context.projection.flush()
    const { decisions, total } = await context.store.decisions.list(query)
    return { decisions: decisions.map(decisionReply), total }
  },

  async 'GET /api/v1/decisions/live'(call) {
    return liveDecisions(call)
  },

  async 'GET /api/v1/keys'({ context }) {
    return { keys: (await listKeys(context.state)).map(keyReply) }
  },

  async 'POST /api/v1/keys'({ context, body, session }) {
    assert(session !== undefined, 'the route asks for a session')
    const { expiresAt, ...rest } = body
    const request = expiresAt === undefined ? rest : { ...rest, expiresAt }
    const created = await createKey(context.state, request, session.user)
    await context.policy.refresh()
    return { ...keyReply(created), key: created.key }
  },

  async 'DELETE /api/v1/keys/:id'({ context, parameters, session }) {
    assert(session !== undefined, 'the route asks for a session')
    const revoked = await revokeKey(context.state, parameters.id ?? '', session.user)
    await context.policy.refresh()
    return keyReply(revoked)
  },
}

/** A decision as the API says it. */
export function decisionReply(row: DecisionRow): Decision {
  return { ...row }
}

function keyReply(row: ApiKeyRow): ApiKey {
  const { id, name, prefix, roles, createdAt, expiresAt, revokedAt } = row
  return { id, name, prefix, roles: [...roles], createdAt, expiresAt, revokedAt }
}
