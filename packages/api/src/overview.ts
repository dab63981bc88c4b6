import { z } from 'zod'
import { AssessmentSummary } from './assessments.ts'
import { Decision } from './gateway.ts'
import { Instant, Severity } from './words.ts'

/** Am I safe now, what changed, what must a human do. */
export const Overview = z.object({
  /** One row per protection. `unchecked` is drawn differently from `ok`. */
  posture: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['ok', 'attention', 'unchecked']),
      text: z.string(),
      /** A console path. */
      link: z.string(),
    }),
  ),
  todo: z.array(
    z.object({
      severity: Severity,
      title: z.string(),
      detail: z.string(),
      link: z.string(),
    }),
  ),
  changes: z.array(
    z.object({ at: Instant, kind: z.string(), text: z.string(), auditIndex: z.int().nullable() }),
  ),
  recentBlocks: z.array(Decision),
  lastAssessment: AssessmentSummary.nullable(),
  /** Per minute, oldest first, the last hour. */
  traffic: z.array(z.object({ at: Instant, passed: z.int(), blocked: z.int() })),
})
export type Overview = z.infer<typeof Overview>
