import { profileNames } from '@merlon/assess'
import { assert, CodedError, type Json, severities } from '@merlon/core'
import { Preprocessing } from '@merlon/model'
import { z } from 'zod'
import { runJob } from '../jobs/run-job.ts'
import { type JobHandler, JobStop } from './job-handler.ts'

/** An assessment that was asked for: everything that it needs stands in it, so that any worker can do it. */
export const AssessRequest = z.strictObject({
  modelPath: z.string(),
  data: z.strictObject({
    path: z.string(),
    split: z.enum(['test', 'train']).optional(),
    labels: z.string().optional(),
    size: z.tuple([z.int(), z.int()]).optional(),
    length: z.int().optional(),
  }),
  preprocessing: Preprocessing.optional(),
  attacks: z.array(z.string()).min(1).max(100).optional(),
  profile: z.enum(profileNames).optional(),
  norm: z.enum(['linf', 'l2', 'l1', 'l0']),
  epsilon: z.array(z.number()).min(1).max(100),
  samples: z.int().min(1).optional(),
  seed: z.int(),
  failOn: z.enum(severities),
})
export type AssessRequest = z.infer<typeof AssessRequest>

/** Finished parts of an assessment, by name. */
const Parts = z.record(z.string(), z.json())

/**
 * Assesses a model in a process of its own, from where the last worker stopped. Report and job end together. A cancelled one
 * keeps the part that is done.
 */
export const assessHandler: JobHandler = async ({ input, claim, store, task, keep }) => {
  const job = AssessRequest.parse(input)
  const assessment = await store.assessments.ofJob(claim.job.id)
  assert(assessment !== undefined, 'a job of this kind was queued with its assessment')
  const parts: Record<string, Json> = readParts(claim.checkpoint)
  const { report, json, html, headline } = await runJob(
    'assess',
    { ...job, parts },
    {
      ...task,
      keep: (part, value) => {
        parts[part] = value
        keep(() => JSON.stringify(parts))
      },
    },
  )
  const { reason } = task.signal
  if (reason instanceof JobStop && reason.why !== 'cancelled') throw reason
  await store.assessments.finish(assessment.id, { report, json, html, headline }, claim)
  return 'settled'
}

function readParts(checkpoint: string | null): Record<string, Json> {
  if (checkpoint === null) return {}
  const { success, data } = Parts.safeParse(JSON.parse(checkpoint))
  if (success) return data
  throw new CodedError(
    'CHECKPOINT_INVALID',
    'the checkpoint of the job does not hold an assessment',
  )
}
