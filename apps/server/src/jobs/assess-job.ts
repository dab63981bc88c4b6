import { assess, type ProfileName } from '@merlon/assess'
import type { Estimate, Json, Report, Severity } from '@merlon/core'
import { openDataset } from '@merlon/dataset'
import {
  type GradientAccess,
  type LabelAccess,
  openModel,
  type Preprocessing,
  type ScoreAccess,
} from '@merlon/model'
import { toHtml, toJson } from '@merlon/report'
import type { Norm } from '@merlon/tensor'
import { type Columns, constraintsOf } from '../config/columns.ts'
import type { Endpoint } from '../config/config.ts'
import { openRemoteModel } from '../open-remote-model.ts'
import type { JobTask } from './job-task.ts'

/** An assessment as plain data, so that it can be sent to another process. */
export type AssessJob = AssessWork & (AttackedFile | AttackedEndpoint)

/** A model file of this machine. */
interface AttackedFile {
  readonly modelPath: string
  /** What stands in front of the network; the file's own declaration unless given. */
  readonly preprocessing?: Preprocessing | undefined
}

/** A model behind an address. Its secrets stay where they are: the job's own process reads them. */
interface AttackedEndpoint {
  readonly endpoint: Endpoint
  /** The folder that paths of secrets are relative to. */
  readonly base: string
  /** Where answers are kept until the run is done. */
  readonly journal: string
}

interface AssessWork {
  readonly data: {
    readonly path: string
    readonly split?: 'test' | 'train' | undefined
    readonly labels?: string | undefined
    readonly size?: readonly [height: number, width: number] | undefined
    readonly length?: number | undefined
    /** What rows can exist, where the data is a described table. */
    readonly columns?: Columns | undefined
  }
  /** Without any, the profile chooses. */
  readonly attacks?: readonly string[] | undefined
  readonly profile?: ProfileName | undefined
  readonly norm: Norm
  readonly epsilon: readonly number[]
  readonly samples?: number | undefined
  readonly seed: number
  readonly failOn: Severity
  /** What an earlier run of the same job finished. */
  readonly parts?: Readonly<Record<string, Json>>
}

/** The report, and what the store keeps of it. */
export interface AssessmentOutcome {
  readonly report: Report
  /** With pictures. */
  readonly json: string
  readonly html: string
  readonly headline: readonly Estimate[]
}

/**
 * Opens the model and the data, and assesses the one on the other.
 * @throws EngineError, DatasetError, AssessError, AttackError; ServerError SECRET_MISSING
 */
export async function assessJob(job: AssessJob, task: JobTask): Promise<AssessmentOutcome> {
  const { data, attacks, profile, norm, epsilon, samples, seed, failOn, parts = {} } = job
  const { split, labels, size, length, columns } = data
  const dataset = await openDataset(data.path, {
    ...(split === undefined ? {} : { split }),
    ...(labels === undefined ? {} : { labels }),
    ...(size === undefined ? {} : { size }),
    ...(length === undefined ? {} : { length }),
  })
  const attacked = await openAttacked(job)
  let isDone = false
  try {
    const report = await assess({
      norm,
      epsilon,
      seed,
      failOn,
      ...(attacks === undefined ? {} : { attacks }),
      ...(profile === undefined ? {} : { profile }),
      ...(samples === undefined ? {} : { samples }),
      model: attacked.model,
      modelPath: attacked.path,
      modelSha256: attacked.sha256,
      dataset,
      ...(columns === undefined
        ? {}
        : { constraints: constraintsOf(columns, dataset.featureNames) }),
      checkpoint: {
        read: (part) => parts[part],
        write: async (part, value) => task.keep(part, value),
      },
      task,
      clock: Date.now,
    })
    isDone = !task.signal.aborted
    const headline = headlineOf(report.estimates)
    return { report, json: toJson(report, { pictures: true }), html: toHtml(report), headline }
  } finally {
    await attacked.close(isDone)
  }
}

interface Attacked {
  readonly model: LabelAccess | ScoreAccess | GradientAccess
  readonly path: string
  readonly sha256: string
  /** `isDone` says that nothing is left to resume. */
  close(isDone: boolean): Promise<void>
}

async function openAttacked(job: AssessJob): Promise<Attacked> {
  if ('endpoint' in job) {
    const { endpoint, base, journal } = job
    // Without the task's signal: a step that is under way is waited for, so that a stopped run keeps what is done.
    return openRemoteModel(endpoint, { env: process.env, base, journal })
  }
  const { modelPath: path, preprocessing } = job
  const model = await openModel(path, {
    straightThrough: true,
    ...(preprocessing === undefined ? {} : { preprocessing }),
  })
  return { model, path, sha256: model.sha256, close: () => model.close() }
}

/** Clean accuracy, and the worst robust accuracy at each epsilon: what lists show. */
export function headlineOf(estimates: readonly Estimate[]): Estimate[] {
  const clean = estimates.filter(({ name }) => name === 'clean accuracy')
  const robust = estimates.filter(({ name }) => name === 'robust accuracy')
  const worst = new Map<number, Estimate>()
  for (const estimate of robust) {
    const { epsilon = 0, value } = estimate
    const known = worst.get(epsilon)
    if (known === undefined || value <= known.value) worst.set(epsilon, estimate)
  }
  return [...clean, ...worst.values()]
}
