import { assessHandler } from './assess-handler.ts'
import type { JobHandler } from './job-handler.ts'

/** Every kind of durable job and what does it. */
export const jobHandlers = {
  assess: assessHandler,
} as const satisfies Readonly<Record<string, JobHandler>>
