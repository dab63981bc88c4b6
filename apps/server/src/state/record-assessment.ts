import type { Report } from '@merlon/core'
import { toHtml, toJson } from '@merlon/report'
import { headlineOf } from '../jobs/assess-job.ts'
import { runningServer } from './running-server.ts'
import type { State } from './state.ts'

/** A finished report and what it is of. */
export interface AssessedModel {
  /** The model's registered or configured name; undefined: the one that is registered with these bytes. */
  readonly name: string | undefined
  readonly sha256: string
  readonly data: string
  readonly report: Report
}

export interface RecordedAssessment {
  readonly id: string
  readonly model: string
  /** Its page in the console of the running server; null while none runs. */
  readonly url: string | null
  /** False: the running server writes the audit record within a second. */
  readonly recorded: boolean
}

/**
 * Keeps a report that was made outside of the server, so that the console shows it and the log holds it.
 * Undefined: the model is none of this installation's, and nothing was kept.
 * @throws StoreError, AuditError
 */
export async function recordAssessment(
  { store, recorder, paths }: State,
  { name, sha256, data, report }: AssessedModel,
  by = 'local',
): Promise<RecordedAssessment | undefined> {
  const model = name ?? (await store.models.list()).find((one) => one.sha256 === sha256)?.name
  if (model === undefined) return undefined
  const id = await store.assessments.start({ model, data }, by)
  const headline = headlineOf(report.estimates)
  const json = toJson(report, { pictures: true })
  await store.assessments.finish(id, { report, json, html: toHtml(report), headline })
  await recorder?.outbox.deliver()
  const running = await runningServer(paths)
  const url = running === undefined ? null : `${running.url}/assessments/${id}`
  return { id, model, url, recorded: recorder !== undefined }
}
