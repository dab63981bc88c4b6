import type { AssessmentJob, AssessmentSummary } from '@merlon/api'
import { profileNames, profiles } from '@merlon/assess'
import { attackCatalogue, attackNames } from '@merlon/attacks'
import { assert } from '@merlon/core'
import type { AssessmentDetailRow, AssessmentRow, JobRow, Jobs, Store } from '@merlon/store'
import { accessOfEndpoint, queueAssessment } from '../queue/queue-assessment.ts'
import { assessmentRecord } from '../state/record-text.ts'
import type { ControlContext } from './control-context.ts'
import type { Handlers } from './control-plane.ts'
import { ControlError } from './problem.ts'
import { reportSecurityPolicy } from './security-headers.ts'
import { noReport, StoredReport } from './stored-report.ts'

type AssessmentRoutes =
  | 'GET /api/v1/assessments'
  | 'POST /api/v1/assessments'
  | 'GET /api/v1/assessments/choices'
  | 'POST /api/v1/assessments/:id/cancel'
  | 'POST /api/v1/assessments/:id/retry'
  | 'GET /api/v1/assessments/:id'
  | 'GET /api/v1/assessments/:id/report'

/** What assessments found. */
export const assessmentHandlers: Pick<Handlers, AssessmentRoutes> = {
  async 'GET /api/v1/assessments'({ context, query }) {
    const { model } = query
    const rows = await context.store.assessments.list(model === undefined ? {} : { model })
    const jobs = await jobsById(context.store)
    return { assessments: rows.map((row) => assessmentSummary(context, row, jobs)) }
  },

  async 'POST /api/v1/assessments'({ context, body, session }) {
    assert(session !== undefined, 'the route asks for a session')
    const { store, config } = context
    const row = await queueAssessment(store, config, body, session.user)
    return assessmentSummary(context, row, await jobsById(store))
  },

  async 'GET /api/v1/assessments/choices'({ context }) {
    const { models, endpoints, datasets } = context.config
    return {
      models: Object.keys(models),
      endpoints: Object.entries(endpoints).map(([name, endpoint]) => ({
        name,
        access: accessOfEndpoint(endpoint),
      })),
      datasets: Object.keys(datasets),
      profiles: profileNames.map((name) => ({ name, summary: profiles[name].summary })),
      attacks: attackNames.map((name) => {
        const { title, access, goal, norms, cost } = attackCatalogue[name]
        return { name, title, access, goal, norms: [...norms], cost }
      }),
    }
  },

  async 'POST /api/v1/assessments/:id/cancel'({ context, parameters, session }) {
    return changeJob(context, parameters.id, (jobs, id) => jobs.cancel(id, session?.user))
  },

  async 'POST /api/v1/assessments/:id/retry'({ context, parameters, session }) {
    return changeJob(context, parameters.id, (jobs, id) => jobs.retry(id, session?.user))
  },

  async 'GET /api/v1/assessments/:id'({ context, parameters }) {
    const row = await assessment(context, parameters.id)
    const report = row.json === '' ? noReport : StoredReport.parse(JSON.parse(row.json))
    const { findings, skipped, ...rest } = report
    return {
      ...assessmentSummary(context, row, await jobsById(context.store)),
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

/** The jobs that make assessments, by id. */
export async function jobsById(store: Store): Promise<ReadonlyMap<string, JobRow>> {
  const jobs = await store.jobs.list({ kind: 'assess' })
  return new Map(jobs.map((job) => [job.id, job]))
}

/** An assessment as lists show it. */
export function assessmentSummary(
  { config }: Pick<ControlContext, 'config'>,
  row: AssessmentRow,
  jobs: ReadonlyMap<string, JobRow>,
): AssessmentSummary {
  const { id, model, data, status, verdict, startedAt, finishedAt, skipped } = row
  const findings = { ...row.findings }
  const headline = row.headline.map(({ interval, ...rest }) => ({
    ...rest,
    interval: [interval[0], interval[1]] as [number, number],
  }))
  const job = row.jobId === null ? undefined : jobs.get(row.jobId)
  const about = { id, model, data, status, verdict, startedAt, finishedAt, findings, skipped }
  const isEndpoint = Object.hasOwn(config.endpoints, model)
  return { ...about, isEndpoint, headline, job: job === undefined ? null : jobReply(job) }
}

function jobReply(row: JobRow): AssessmentJob {
  const { id, state, progress, attempts, attemptsMax, worker, isCancelRequested } = row
  return { id, state, progress, attempts, attemptsMax, worker, isCancelRequested }
}

/** Changes the job of an assessment. @throws ControlError NOT_FOUND, REQUEST_INVALID */
async function changeJob(
  context: ControlContext,
  id: string | undefined,
  change: (jobs: Jobs, id: string) => Promise<JobRow | undefined>,
): Promise<AssessmentSummary> {
  const { store } = context
  const { jobId } = await assessment(context, id)
  const changed = jobId === null ? undefined : await change(store.jobs, jobId)
  if (changed === undefined) {
    throw new ControlError('REQUEST_INVALID', 'the assessment has no job in a state that allows it')
  }
  return assessmentSummary(context, await assessment(context, id), await jobsById(store))
}

async function assessment(
  { store }: ControlContext,
  id: string | undefined,
): Promise<AssessmentDetailRow> {
  const row = id === undefined ? undefined : await store.assessments.byId(id)
  if (row !== undefined) return row
  throw new ControlError('NOT_FOUND', 'there is no such assessment')
}
