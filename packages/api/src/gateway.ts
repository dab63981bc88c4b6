import { z } from 'zod'
import { Instant, Sha256 } from './words.ts'

export const RouteSummary = z.object({
  /** As in the URL, such as `/v2/models/digits`. */
  route: z.string(),
  model: z.string(),
  roles: z.array(z.string()),
  limits: z.object({ requestsPerSecond: z.number(), burst: z.int(), bodyBytesMax: z.int() }),
})

export const GatewayStatus = z.object({
  url: z.string(),
  routes: z.array(RouteSummary),
  policyVersion: z.int(),
  /** Since the process started. */
  counts: z.object({ passed: z.int(), blocked: z.int() }),
  startedAt: Instant,
})
export type GatewayStatus = z.infer<typeof GatewayStatus>

/** One verdict of the gateway, as it stands in the audit log. */
export const Decision = z.object({
  auditIndex: z.int(),
  at: Instant,
  requestId: z.string(),
  method: z.string(),
  path: z.string(),
  route: z.string().nullable(),
  model: z.string().nullable(),
  keyId: z.string().nullable(),
  keyName: z.string().nullable(),
  verdict: z.enum(['pass', 'rewrite', 'block', 'review']),
  status: z.int(),
  /** Stable code, such as `UNAUTHENTICATED`. */
  code: z.string(),
  /** One sentence. Hostile text may be quoted in it. */
  reason: z.string(),
  requestBytes: z.int(),
  requestSha256: Sha256.nullable(),
  responseSha256: Sha256.nullable(),
  latencyMs: z.number(),
})
export type Decision = z.infer<typeof Decision>

export const DecisionQuery = z.object({
  verdict: z.enum(['pass', 'rewrite', 'block', 'review']).optional(),
  code: z.string().max(64).optional(),
  keyId: z.string().max(64).optional(),
  /** Older than this record. */
  before: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export const Decisions = z.object({ decisions: z.array(Decision), total: z.int() })

export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  /** The first characters, to recognise it by. */
  prefix: z.string(),
  roles: z.array(z.string()),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
  revokedAt: Instant.nullable(),
})
export type ApiKey = z.infer<typeof ApiKey>

export const ApiKeyRequest = z.strictObject({
  name: z.string().trim().min(1).max(80),
  roles: z.array(z.string().min(1).max(40)).min(1).max(20),
  expiresAt: Instant.optional(),
})
/** The only time that the key itself is shown. */
export const ApiKeyCreated = ApiKey.extend({ key: z.string() })
