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
  /** What overrides the severity: a gate that fails the run, or a baseline that has the finding too. */
  effect: z.enum(['fails', 'accepted']).optional(),
})
export type Finding = z.infer<typeof Finding>

/** core's Curve as it travels: each point is a whole estimate. */
export const Curve = z.object({
  title: z.string(),
  /** Which label of the points the axis shows. */
  axis: z.enum(['epsilon', 'class']),
  series: z.array(z.object({ name: z.string(), points: z.array(Estimate) })),
})
export type Curve = z.infer<typeof Curve>

/** The job that makes an assessment: how far it is, and who does it. */
export const AssessmentJob = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'dead']),
  /** Planned model evaluations. */
  progress: z.object({ done: z.int(), total: z.int() }),
  attempts: z.int(),
  attemptsMax: z.int(),
  worker: z.string().nullable(),
  isCancelRequested: z.boolean(),
})
export type AssessmentJob = z.infer<typeof AssessmentJob>

/** What the console asks for to start one; model (or endpoint) and data are names of merlon.yaml. */
export const AssessmentRequest = z.strictObject({
  model: z.string().min(1).max(100),
  data: z.string().min(1).max(100),
  /** Each is run on all samples; without any, the profile chooses. */
  attacks: z.array(z.string().min(1).max(40)).min(1).max(40).optional(),
  profile: z.enum(['quick', 'standard', 'deep']).optional(),
  norm: z.enum(['linf', 'l2', 'l1', 'l0']).default('linf'),
  epsilon: z.array(z.number().min(0)).min(1).max(20),
  /** From the first; the profile's number unless given. */
  samples: z.int().min(1).max(1_000_000).optional(),
  seed: z.int().min(0).default(0),
})
export type AssessmentRequest = z.infer<typeof AssessmentRequest>

/** What can be chosen from. */
export const AssessmentChoices = z.object({
  models: z.array(z.string()),
  /** Models behind an address, and the most that they may be asked for. */
  endpoints: z.array(z.object({ name: z.string(), access: z.enum(['labels', 'scores']) })),
  datasets: z.array(z.string()),
  profiles: z.array(z.object({ name: z.enum(['quick', 'standard', 'deep']), summary: z.string() })),
  attacks: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      access: z.enum(['labels', 'scores', 'gradients']),
      goal: z.enum(['bounded', 'minimal']),
      norms: z.array(z.string()),
      cost: z.string(),
    }),
  ),
})
export type AssessmentChoices = z.infer<typeof AssessmentChoices>

export const AssessmentSummary = z.object({
  id: z.string(),
  model: z.string(),
  /** Whether the model is an endpoint of merlon.yaml, which has no file and no page of its own. */
  isEndpoint: z.boolean(),
  data: z.string(),
  status: z.enum(['running', 'finished', 'failed', 'interrupted']),
  verdict: RunVerdict.nullable(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  findings: z.record(Severity, z.int()),
  skipped: z.int(),
  /** Clean and robust accuracy, for the list. */
  headline: z.array(Estimate),
  /** `null` where it was made outside of the queue. */
  job: AssessmentJob.nullable(),
})
export type AssessmentSummary = z.infer<typeof AssessmentSummary>

export const AssessmentDetail = AssessmentSummary.extend({
  findingList: z.array(Finding),
  estimates: z.array(Estimate),
  curves: z.array(Curve),
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
