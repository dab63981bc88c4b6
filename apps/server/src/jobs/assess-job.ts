import { assess, type ProfileName } from '@merlon/assess'
import type { Estimate, Json, Report, Severity } from '@merlon/core'
import { openDataset } from '@merlon/dataset'
import { openModel, type Preprocessing } from '@merlon/model'
import { toHtml, toJson } from '@merlon/report'
import type { Norm } from '@merlon/tensor'
import type { JobTask } from './job-task.ts'

/** An assessment as plain data, so that it can be sent to another process. */
export interface AssessJob {
  readonly modelPath: string
  readonly data: {
    readonly path: string
    readonly split?: 'test' | 'train' | undefined
    readonly labels?: string | undefined
    readonly size?: readonly [height: number, width: number] | undefined
    readonly length?: number | undefined
  }
  /** What stands in front of the network; the file's own declaration unless given. */
  readonly preprocessing?: Preprocessing | undefined
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
 * @throws EngineError, DatasetError, AssessError, AttackError
 */
export async function assessJob(job: AssessJob, task: JobTask): Promise<AssessmentOutcome> {
  const { modelPath, data, preprocessing, attacks, profile, samples, parts = {}, ...options } = job
  const { split, labels, size, length } = data
  const dataset = await openDataset(data.path, {
    ...(split === undefined ? {} : { split }),
    ...(labels === undefined ? {} : { labels }),
    ...(size === undefined ? {} : { size }),
    ...(length === undefined ? {} : { length }),
  })
  const model = await openModel(modelPath, {
    straightThrough: true,
    ...(preprocessing === undefined ? {} : { preprocessing }),
  })
  try {
    const report = await assess({
      ...options,
      ...(attacks === undefined ? {} : { attacks }),
      ...(profile === undefined ? {} : { profile }),
      ...(samples === undefined ? {} : { samples }),
      model,
      modelPath,
      modelSha256: model.sha256,
      dataset,
      checkpoint: {
        read: (part) => parts[part],
        write: async (part, value) => task.keep(part, value),
      },
      task,
      clock: Date.now,
    })
    const headline = headlineOf(report.estimates)
    return { report, json: toJson(report, { pictures: true }), html: toHtml(report), headline }
  } finally {
    await model.close()
  }
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
