import { AssessmentDetail, type AssessmentSummary } from '@merlon/api'
import type { AssessmentDetailRow, AssessmentRow } from '@merlon/store'
import { z } from 'zod'
import { assessmentRecord } from '../state/record-text.ts'
import type { ControlContext } from './control-context.ts'
import type { Handlers } from './control-plane.ts'
import { ControlError } from './problem.ts'
import { reportSecurityPolicy } from './security-headers.ts'

type AssessmentRoutes =
  | 'GET /api/v1/assessments'
  | 'GET /api/v1/assessments/:id'
  | 'GET /api/v1/assessments/:id/report'

const { shape } = AssessmentDetail

/** The parts of a stored report that the API shows, in the report's own words. */
const StoredReport = z.object({
  findings: shape.findingList,
  estimates: shape.estimates,
  skipped: shape.skippedList,
  health: shape.health,
  illustrations: shape.illustrations,
  seed: shape.seed,
  inputs: shape.inputs,
  options: shape.options,
})
type StoredReport = z.infer<typeof StoredReport>

const noReport: StoredReport = {
  findings: [],
  estimates: [],
  skipped: [],
  health: [],
  illustrations: [],
  seed: 0,
  inputs: [],
  options: {},
}

/** What assessments found. */
export const assessmentHandlers: Pick<Handlers, AssessmentRoutes> = {
  async 'GET /api/v1/assessments'({ context, query }) {
    const { model } = query
    const rows = await context.store.assessments.list(model === undefined ? {} : { model })
    return { assessments: rows.map(assessmentSummary) }
  },

  async 'GET /api/v1/assessments/:id'({ context, parameters }) {
    const row = await assessment(context, parameters.id)
    const report = row.json === '' ? noReport : StoredReport.parse(JSON.parse(row.json))
    const { findings, skipped, ...rest } = report
    return {
      ...assessmentSummary(row),
      ...rest,
      findingList: findings,
      skippedList:
        row.problem === null ? skipped : [{ what: 'assessment', why: row.problem.message }],
      auditIndex: assessmentRecord(context.recorder.chronicle.records, row.id)?.index ?? null,
    }
  },

  async 'GET /api/v1/assessments/:id/report'({ context, parameters }) {
    const { html } = await assessment(context, parameters.id)
    if (html === '') throw new ControlError('NOT_FOUND', 'this assessment has no report')
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': reportSecurityPolicy,
      },
    })
  },
}

/** An assessment as lists show it. */
export function assessmentSummary(row: AssessmentRow): AssessmentSummary {
  const { id, model, data, status, verdict, startedAt, finishedAt, skipped } = row
  const findings = { ...row.findings }
  const headline = row.headline.map(({ interval, ...rest }) => ({
    ...rest,
    interval: [interval[0], interval[1]] as [number, number],
  }))
  return { id, model, data, status, verdict, startedAt, finishedAt, findings, skipped, headline }
}

async function assessment(
  { store }: ControlContext,
  id: string | undefined,
): Promise<AssessmentDetailRow> {
  const row = id === undefined ? undefined : await store.assessments.byId(id)
  if (row !== undefined) return row
  throw new ControlError('NOT_FOUND', 'there is no such assessment')
}
