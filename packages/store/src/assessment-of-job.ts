import type { Change } from './database.ts'
import { record } from './outbox.ts'

/** What became of a job whose result was an assessment. */
export interface JobEnd {
  readonly status: 'failed' | 'interrupted'
  readonly problem?: { readonly code: string; readonly message: string }
}

/** Ends the assessment that a job was to make, beside the job; other jobs have none. */
export async function endAssessmentOf(
  tx: Change,
  now: number,
  jobId: string,
  { status, problem }: JobEnd,
): Promise<void> {
  const ended = await tx
    .updateTable('assessments')
    .set({
      status,
      finished_at: now,
      problem: problem === undefined ? null : JSON.stringify(problem),
    })
    .where('job_id', '=', jobId)
    .where('status', '=', 'running')
    .returning('id')
    .execute()
  for (const { id } of ended) {
    const about = { id, ...(problem === undefined ? {} : { code: problem.code }) }
    await record(tx, now, { kind: 'assessment', action: status, ...about })
  }
}

/** The other way: the job is tried again. A report that was kept stays. */
export async function reopenAssessmentOf(tx: Change, jobId: string): Promise<void> {
  await tx
    .updateTable('assessments')
    .set({ status: 'running', finished_at: null, problem: null })
    .where('job_id', '=', jobId)
    .where('status', 'in', ['failed', 'interrupted'])
    .where('verdict', 'is', null)
    .execute()
}
