import { z } from 'zod'
import { Instant } from './words.ts'

export const Login = z.strictObject({ token: z.string().min(1).max(200) })

/** Who is looking. `csrfToken` goes back in the header `x-merlon-csrf` of each changing request. */
export const Session = z.object({
  user: z.string(),
  csrfToken: z.string(),
  expiresAt: Instant,
  version: z.string(),
  project: z.string(),
})
export type Session = z.infer<typeof Session>
