import type { z } from 'zod'

/** One route of the control API. The table's key is `METHOD /path/:parameter`. */
export interface Route {
  readonly summary: string
  /** `public` needs no session; every other route does, and a changing one also the CSRF header. */
  readonly access: 'public' | 'session'
  readonly query?: z.ZodObject
  readonly body?: z.ZodObject
  readonly reply: z.ZodType
  /** What the answer is, where it is not JSON: an event stream repeats `reply` as its data. */
  readonly media?: 'text/event-stream' | 'text/html'
}
