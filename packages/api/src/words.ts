import { z } from 'zod'

/** Milliseconds since 1970-01-01 UTC. */
export const Instant = z.int().min(0)
export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info'])
export const RunVerdict = z.enum(['clean', 'findings', 'incomplete', 'error'])
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** How every error of the API looks. */
export const Problem = z.object({
  code: z.string(),
  message: z.string(),
  requestId: z.string(),
})
export type Problem = z.infer<typeof Problem>

export const Done = z.object({ done: z.literal(true) })
