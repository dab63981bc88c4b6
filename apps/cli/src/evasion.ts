import { assess } from '@merlon/assess'
import type { AttackParameters, GradientAccess } from '@merlon/attacks'
import type { Report } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { openModel } from '@merlon/model'
import { toJson } from '@merlon/report'
import type { Invocation, Outcome } from './command.ts'
import { type Kept, keepReport, keptLines } from './keep-report.ts'
import { executionProviderOf, openData, replayedProvider, resolveModel } from './named-inputs.ts'
import { plannedFiles, writeReportFiles } from './report-files.ts'
import { reportLines } from './report-text.ts'

export interface EvasionRun {
  readonly schema: 'merlon/assess/v1' | 'merlon/attack/v1'
  /** The words that stand before the model when the run is repeated. */
  readonly typed: Readonly<Record<string, string>>
  readonly attacks: readonly string[]
  readonly parameters: AttackParameters
  /** What a missing gradient comes to: a part of the report, or an error. */
  readonly needsGradients: boolean
  /** Whether the console shall show it, where the model is one of this installation. */
  readonly isKept: boolean
}

/** Opens model and data, runs the campaign, writes the files and shows the report. */
export async function runEvasion(
  invocation: Invocation,
  modelWord: string,
  run: EvasionRun,
): Promise<Outcome> {
  const { options, task, ui, failOn, world } = invocation
  const files = await plannedFiles(invocation)
  const { path: modelPath, name, preprocessing } = await resolveModel(invocation, modelWord)
  const model = await openModel(modelPath, {
    preprocessing,
    ...executionProviderOf(invocation),
  })
  try {
    const dataset = await openData(invocation)
    ui.detail(`${modelPath}: sha256 ${model.sha256}`)
    const seed = options.number('seed') ?? 0
    const norm = options.text('norm') === 'l2' ? 'l2' : 'linf'
    const samples = options.count('samples') ?? 'all'
    const assessed = await assess({
      model,
      modelPath,
      modelSha256: model.sha256,
      dataset,
      attacks: run.attacks,
      parameters: run.parameters,
      norm,
      epsilon: options.numbers('epsilon'),
      samples,
      seed,
      failOn,
      task: {
        signal: task.signal,
        progress: ui.bar(`attacking with ${run.attacks.join(', ')}`, 'queries'),
      },
      clock: world.clock,
    })
    if (run.needsGradients && !task.signal.aborted) await proveGradients(model, dataset, assessed)
    const report: Report = {
      ...assessed,
      schema: run.schema,
      options: replayOptions(invocation, modelWord, run),
    }
    await writeReportFiles(report, files)
    const kept = run.isKept
      ? await keepReport(invocation, { name, sha256: model.sha256, report })
      : undefined
    return outcomeOf(
      report,
      files.map(({ path }) => path),
      kept,
    )
  } finally {
    await model.close()
  }
}

function outcomeOf(report: Report, files: readonly string[], kept: Kept | undefined): Outcome {
  const envelope: Outcome['data'] = JSON.parse(toJson(report))
  const { verdict: _verdict, exitCode: _exitCode, ...data } = envelope
  const rules = [...new Set(report.findings.map(({ rule }) => rule))]
  return {
    findings: report.findings,
    estimates: report.estimates,
    skipped: report.skipped,
    seed: report.seed,
    inputs: report.inputs,
    isInterrupted: report.exitCode === 130,
    data: { ...data, files, kept: kept === undefined ? null : { id: kept.id, url: kept.url } },
    text: (paint) => [...reportLines(report, files, paint), ...keptLines(kept)],
    isVerdict: true,
    next: rules.slice(0, 3).map((rule) => `merlon explain ${rule}`),
  }
}

/** Where an attack of one's own choice measured nothing, the engine says why, with its code. */
async function proveGradients(model: GradientAccess, dataset: Dataset, report: Report) {
  if (report.estimates.some(({ name }) => name === 'robust accuracy')) return
  const { inputs, labels } = dataset.read(0, 1)
  await model.lossGradient(inputs, labels)
}

/** What the report prints as the command that repeats it. */
function replayOptions(
  { options, failOn }: Invocation,
  model: string,
  { typed }: EvasionRun,
): Record<string, string> {
  const texts = ['data', 'split', 'labels', 'norm'].flatMap((name) => {
    const value = options.text(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    // Operands in the order in which they are typed: the name of an attack before its model.
    ...typed,
    MODEL: model,
    ...Object.fromEntries(texts),
    epsilon: options.numbers('epsilon').join(','),
    samples: String(options.count('samples')),
    ...replayedProvider(options),
    'fail-on': failOn,
  }
}
