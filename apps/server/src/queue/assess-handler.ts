import { dirname, join } from 'node:path'
import { profileNames } from '@merlon/assess'
import { assert, CodedError, type Json, severities } from '@merlon/core'
import { Preprocessing } from '@merlon/model'
import { z } from 'zod'
import { Columns } from '../config/columns.ts'
import type { AssessJob } from '../jobs/assess-job.ts'
import { runJob } from '../jobs/run-job.ts'
import { declarationDigest } from '../open-remote-model.ts'
import { ServerError } from '../server-error.ts'
import { type JobHandler, JobStop, type WorkerSettings } from './job-handler.ts'

const Work = z.strictObject({
  data: z.strictObject({
    path: z.string(),
    split: z.enum(['test', 'train']).optional(),
    labels: z.string().optional(),
    size: z.tuple([z.int(), z.int()]).optional(),
    length: z.int().optional(),
    columns: Columns.optional(),
  }),
  attacks: z.array(z.string()).min(1).max(100).optional(),
  profile: z.enum(profileNames).optional(),
  norm: z.enum(['linf', 'l2', 'l1', 'l0']),
  epsilon: z.array(z.number()).min(1).max(100),
  samples: z.int().min(1).optional(),
  seed: z.int(),
  failOn: z.enum(severities),
})

/** What was asked for. Each worker that sees the same files and endpoints can do it. */
export const AssessRequest = z.union([
  Work.extend({ modelPath: z.string(), preprocessing: Preprocessing.optional() }),
  Work.extend({
    /** By its name and the digest of its declaration: address and keys stand in the worker's own merlon.yaml. */
    endpoint: z.strictObject({ name: z.string(), declaration: z.string() }),
  }),
])
export type AssessRequest = z.infer<typeof AssessRequest>

/** Finished parts of an assessment, by name. */
const Parts = z.record(z.string(), z.json())

/**
 * Assesses a model in a process of its own, from where the last worker stopped. Report and job end together. A cancelled one
 * keeps the part that is done.
 */
export const assessHandler: JobHandler = async ({ input, claim, store, settings, task, keep }) => {
  const request = AssessRequest.parse(input)
  const job = 'endpoint' in request ? endpointJob(request, claim.job.id, settings) : request
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

/** @throws ServerError ENDPOINT_CHANGED if merlon.yaml does not declare the endpoint as it was when the job was queued */
function endpointJob(
  { endpoint: { name, declaration }, ...work }: Extract<AssessRequest, { endpoint: unknown }>,
  id: string,
  { config: { endpoints }, configPath, stateDir }: WorkerSettings,
): AssessJob {
  const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined
  if (endpoint === undefined || declarationDigest(endpoint) !== declaration) {
    const how = endpoint === undefined ? 'no longer names' : 'declares otherwise'
    throw new ServerError(
      'ENDPOINT_CHANGED',
      `the merlon.yaml of this worker ${how} the endpoint ${JSON.stringify(name)}, which the assessment was queued with; give every worker the same file, or start a new assessment`,
    )
  }
  const base = configPath === undefined ? stateDir : dirname(configPath)
  return { ...work, endpoint, base, journal: join(stateDir, 'journals', `job-${id}.jsonl`) }
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
