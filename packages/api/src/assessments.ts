import { z } from 'zod'
import { Instant, RunVerdict, Severity } from './words.ts'

/** core's Estimate as it travels: labels stand beside the figures. */
export const Estimate = z.object({
  name: z.string(),
  value: z.number(),
  n: z.int(),
  interval: z.tuple([z.number(), z.number()]),
  method: z.string(),
  seed: z.int(),
  queries: z.int(),
  attack: z.string().optional(),
  norm: z.string().optional(),
  epsilon: z.number().optional(),
  class: z.string().optional(),
  source: z.string().optional(),
})
export type Estimate = z.infer<typeof Estimate>

export const Finding = z.object({
  id: z.string(),
  rule: z.string(),
  severity: Severity,
  title: z.string(),
  /** One line, as the command line prints it. */
  place: z.string(),
  evidence: z.string(),
  fix: z.string(),
  references: z.array(z.object({ catalogue: z.string(), id: z.string(), title: z.string() })),
})
export type Finding = z.infer<typeof Finding>

export const AssessmentSummary = z.object({
  id: z.string(),
  model: z.string(),
  data: z.string(),
  status: z.enum(['running', 'finished', 'failed', 'interrupted']),
  verdict: RunVerdict.nullable(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  findings: z.record(Severity, z.int()),
  skipped: z.int(),
  /** Clean and robust accuracy, for the list. */
  headline: z.array(Estimate),
})
export type AssessmentSummary = z.infer<typeof AssessmentSummary>

export const AssessmentDetail = AssessmentSummary.extend({
  findingList: z.array(Finding),
  estimates: z.array(Estimate),
  skippedList: z.array(z.object({ what: z.string(), why: z.string() })),
  health: z.array(
    z.object({
      attack: z.string(),
      name: z.string(),
      isHealthy: z.boolean(),
      value: z.number(),
      threshold: z.number(),
      meaning: z.string(),
    }),
  ),
  illustrations: z.array(
    z.object({
      caption: z.string(),
      columns: z.array(z.string()),
      rows: z.array(
        z.object({
          label: z.string(),
          /** `png` is a data URI. */
          pictures: z.array(
            z.object({ alt: z.string(), width: z.int(), height: z.int(), png: z.string() }),
          ),
        }),
      ),
    }),
  ),
  seed: z.int(),
  inputs: z.array(z.object({ path: z.string(), sha256: z.string() })),
  options: z.record(z.string(), z.string()),
  auditIndex: z.int().nullable(),
})
export type AssessmentDetail = z.infer<typeof AssessmentDetail>
