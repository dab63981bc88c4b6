import { z } from 'zod'
import { Instant, Sha256 } from './words.ts'

export const TensorInfo = z.object({
  name: z.string(),
  type: z.string(),
  /** -1 where the size is not fixed. */
  shape: z.array(z.int()),
})

export const ModelSummary = z.object({
  name: z.string(),
  path: z.string(),
  sha256: Sha256,
  bytes: z.int(),
  /** Routes that serve it. */
  routes: z.array(z.string()),
  registeredAt: Instant,
  /** `null`: never assessed, which is not the same as clean. */
  lastAssessment: z.object({ id: z.string(), finishedAt: Instant, verdict: z.string() }).nullable(),
})
export type ModelSummary = z.infer<typeof ModelSummary>

export const ModelDetail = ModelSummary.extend({
  inputs: z.array(TensorInfo),
  outputs: z.array(TensorInfo),
  opset: z.int(),
  producer: z.string(),
  parameters: z.int(),
  operators: z.record(z.string(), z.int()),
  labels: z.array(z.string()),
  /** What happened to the model, oldest first: its life. */
  life: z.array(
    z.object({
      at: Instant,
      kind: z.string(),
      text: z.string(),
      auditIndex: z.int().nullable(),
    }),
  ),
})
export type ModelDetail = z.infer<typeof ModelDetail>
