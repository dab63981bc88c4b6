import { assessJob } from './assess-job.ts'
import type { JobTask } from './job-task.ts'
import { trainDigitsJob } from './train-digits-job.ts'
import { verifyAuditJob } from './verify-audit-job.ts'

/** Work that runs in a process of its own, by name. */
export const jobs = {
  assess: assessJob,
  'train-digits': trainDigitsJob,
  'verify-audit': verifyAuditJob,
} as const satisfies Readonly<Record<string, (input: never, task: JobTask) => Promise<unknown>>>

export type JobName = keyof typeof jobs
export type JobInput<Name extends JobName> = Parameters<(typeof jobs)[Name]>[0]
export type JobOutput<Name extends JobName> = Awaited<ReturnType<(typeof jobs)[Name]>>
