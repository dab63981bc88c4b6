import type { Clock, Estimate, Json, Report, RunVerdict, Severity } from '@merlon/core'
import { severities } from '@merlon/core'
import { sha256Hex } from '@merlon/crypto'
import type { Change, Database, Tables } from './database.ts'
import { newId } from './id.ts'
import { type Claim, finishHeld } from './job-claim.ts'
import { addJob, type NewJob } from './jobs.ts'
import { limits } from './limits.ts'
import { record } from './outbox.ts'
import { StoreError } from './store-error.ts'

export type AssessmentStatus = 'running' | 'finished' | 'failed' | 'interrupted'

/** An assessment without its report: what lists show. */
export interface AssessmentRow {
  readonly id: string
  /** The model's registered name, or its path. */
  readonly model: string
  readonly data: string
  readonly status: AssessmentStatus
  /** `null` while it runs and where it failed. */
  readonly verdict: RunVerdict | null
  readonly startedAt: number
  readonly finishedAt: number | null
  readonly findings: Readonly<Record<Severity, number>>
  readonly skipped: number
  readonly headline: readonly Estimate[]
  /** Why it failed. */
  readonly problem: { readonly code: string; readonly message: string } | null
  /** The job that runs it, where one does. */
  readonly jobId: string | null
}

/** With its report as the writers made it; both texts are empty until it has finished. */
export interface AssessmentDetailRow extends AssessmentRow {
  readonly json: string
  readonly html: string
}

export interface AssessmentResult {
  readonly report: Report
  /** The report as JSON, pictures included, and as HTML. */
  readonly json: string
  readonly html: string
  /** The estimates that lists show. */
  readonly headline: readonly Estimate[]
}

export interface NewAssessment {
  readonly model: string
  readonly data: string
}

/** Assessments and their reports. Start and end leave events for the audit log. */
export interface Assessments {
  start(assessment: NewAssessment, by?: string): Promise<string>
  /** Begins one that a job will make; both are there, or neither. */
  queue(assessment: NewAssessment, job: NewJob, by?: string): Promise<AssessmentRow>
  /**
   * Under a claim, the job ends with it, in one transaction: a worker that lost the job keeps nothing.
   * @throws StoreError ASSESSMENT_NOT_RUNNING, JOB_LEASE_LOST
   */
  finish(id: string, result: AssessmentResult, claim?: Claim): Promise<void>
  /** @throws StoreError ASSESSMENT_NOT_RUNNING */
  fail(id: string, problem: { code: string; message: string }): Promise<void>
  /** What ran outside a job when its process died will not end: each such row becomes `interrupted`. */
  interruptRunning(): Promise<number>
  /** Newest first. */
  list(query?: { model?: string; limit?: number }): Promise<readonly AssessmentRow[]>
  byId(id: string): Promise<AssessmentDetailRow | undefined>
  /** The one that a job makes. */
  ofJob(jobId: string): Promise<AssessmentRow | undefined>
}

const noFindings = JSON.stringify(Object.fromEntries(severities.map((name) => [name, 0])))

/** Assessments over an open database. */
export function assessmentsOf(db: Database, clock: Clock): Assessments {
  return {
    async start(assessment, by = 'local') {
      return db
        .transaction()
        .execute((tx) => start(tx, clock(), { ...assessment, jobId: null }, by))
    },
    async queue(assessment, job, by = 'local') {
      return db.transaction().execute(async (tx) => {
        const { id: jobId } = await addJob(tx, clock(), job, by)
        await start(tx, clock(), { ...assessment, jobId }, by)
        const row = tx.selectFrom('assessments').selectAll().where('job_id', '=', jobId)
        return rowOf(await row.executeTakeFirstOrThrow())
      })
    },
    finish: (id, result, claim) => finish(db, clock(), id, result, claim),
    async fail(id, problem) {
      await db.transaction().execute(async (tx) => {
        await end(tx, id, {
          status: 'failed',
          finished_at: clock(),
          problem: JSON.stringify(problem),
        })
        const about = { action: 'failed', id, code: problem.code }
        await record(tx, clock(), { kind: 'assessment', ...about })
      })
    },
    async interruptRunning() {
      return db.transaction().execute(async (tx) => {
        const ended = await tx
          .updateTable('assessments')
          .set({ status: 'interrupted', finished_at: clock() })
          .where('status', '=', 'running')
          .where('job_id', 'is', null)
          .returning('id')
          .execute()
        for (const { id } of ended) {
          await record(tx, clock(), { kind: 'assessment', action: 'interrupted', id })
        }
        return ended.length
      })
    },
    async list({ model, limit = limits.rowsPerListMax } = {}) {
      let query = db.selectFrom('assessments').selectAll().orderBy('id', 'desc')
      if (model !== undefined) query = query.where('model', '=', model)
      const rows = await query.limit(Math.min(limit, limits.rowsPerListMax)).execute()
      return rows.map(rowOf)
    },
    async byId(id) {
      const row = await db
        .selectFrom('assessments')
        .leftJoin('assessment_reports', 'assessment_id', 'id')
        .selectAll('assessments')
        .select(['json', 'html'])
        .where('id', '=', id)
        .executeTakeFirst()
      return row && { ...rowOf(row), json: row.json ?? '', html: row.html ?? '' }
    },
    async ofJob(jobId) {
      const query = db.selectFrom('assessments').selectAll().where('job_id', '=', jobId)
      const row = await query.executeTakeFirst()
      return row && rowOf(row)
    },
  }
}

async function start(
  tx: Change,
  now: number,
  { model, data, jobId }: NewAssessment & { readonly jobId: string | null },
  by: string,
): Promise<string> {
  const id = newId(now)
  const row = { id, model, data, status: 'running', verdict: null, started_at: now }
  const rest = { finished_at: null, finding_counts: noFindings, skipped: 0, headline: '[]' }
  await tx
    .insertInto('assessments')
    .values({ ...row, ...rest, problem: null, job_id: jobId })
    .execute()
  await record(tx, now, { kind: 'assessment', action: 'started', id, model, data, by })
  return id
}

async function finish(
  db: Database,
  now: number,
  id: string,
  result: AssessmentResult,
  claim: Claim | undefined,
) {
  const { report, json, html, headline } = result
  const counts = Object.fromEntries(
    severities.map((name) => [name, report.findings.filter((f) => f.severity === name).length]),
  )
  const status: AssessmentStatus = report.exitCode === 130 ? 'interrupted' : 'finished'
  const { verdict, seed } = report
  const event = {
    action: status,
    id,
    verdict,
    seed,
    findings: counts,
    skipped: report.skipped.length,
  }
  await db.transaction().execute(async (tx) => {
    if (claim !== undefined) {
      await finishHeld(tx, now, claim, status === 'finished' ? 'done' : 'cancelled')
    }
    await end(tx, id, {
      status,
      verdict,
      finished_at: now,
      finding_counts: JSON.stringify(counts),
      skipped: report.skipped.length,
      headline: JSON.stringify(headline),
    })
    await tx.insertInto('assessment_reports').values({ assessment_id: id, json, html }).execute()
    const digest = { reportSha256: sha256Hex(new TextEncoder().encode(json)) }
    const inputs: Json = report.inputs.map(({ path, sha256 }) => ({ path, sha256 }))
    await record(tx, now, { kind: 'assessment', ...event, ...digest, inputs })
  })
}

async function end(tx: Change, id: string, set: Partial<Tables['assessments']>): Promise<void> {
  const ended = await tx
    .updateTable('assessments')
    .set(set)
    .where('id', '=', id)
    .where('status', '=', 'running')
    .returning('id')
    .executeTakeFirst()
  if (ended === undefined) {
    throw new StoreError(
      'ASSESSMENT_NOT_RUNNING',
      'the assessment is unknown or has ended already; start a new one',
    )
  }
}

function rowOf(row: Tables['assessments']): AssessmentRow {
  return {
    id: row.id,
    model: row.model,
    data: row.data,
    // The two columns are written in this file only, from these unions.
    status: row.status as AssessmentStatus,
    verdict: row.verdict as RunVerdict | null,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    findings: JSON.parse(row.finding_counts),
    skipped: row.skipped,
    headline: JSON.parse(row.headline),
    problem: row.problem === null ? null : JSON.parse(row.problem),
    jobId: row.job_id,
  }
}
