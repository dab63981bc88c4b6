import { z } from 'zod'
import { limits } from './limits.ts'
import type { RoutePolicy } from './ports.ts'

const prefix = '/v2/models/'

/** One entry under `routes:` in merlon.yaml. */
export const RouteConfig = z.strictObject({
  model: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    .describe('A name under `models`'),
  auth: z
    .strictObject({
      roles: z.array(z.string().min(1).max(40)).min(1).max(20).describe('Roles that may call it'),
    })
    .describe('Who may call it; there is no open route'),
  limits: z
    .strictObject({
      requestsPerSecond: z.number().positive().max(1e6).default(50).describe('Per key and route'),
      burst: z.int().min(1).max(1e6).default(100).describe('Requests at once, per key and route'),
      bodyBytesMax: z
        .int()
        .min(1)
        .max(limits.bodyBytesMax)
        .default(2 ** 20)
        .describe('Largest request body'),
    })
    .prefault({})
    .describe('How often, and how much'),
})
export type RouteConfig = z.infer<typeof RouteConfig>

/** The section `routes:` of merlon.yaml: what is served, under `/v2/models/NAME` or `NAME` alone. */
export const GatewayConfig = z
  .record(z.string().regex(/^(\/v2\/models\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/), RouteConfig)
  .default({})
export type GatewayConfig = z.infer<typeof GatewayConfig>

/** The section as the policies of a snapshot, by the model's name in the URL. */
export function routePolicies(config: GatewayConfig): ReadonlyMap<string, RoutePolicy> {
  return new Map(
    Object.entries(config).map(([path, { model, auth, limits }]) => {
      const name = path.startsWith(prefix) ? path.slice(prefix.length) : path
      return [name, { route: prefix + name, model, roles: auth.roles, ...limits }]
    }),
  )
}
