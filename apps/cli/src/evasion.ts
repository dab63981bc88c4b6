import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { assess } from '@merlon/assess'
import type { AttackParameters, GradientAccess } from '@merlon/attacks'
import { assert, type Report } from '@merlon/core'
import { type Dataset, openDataset } from '@merlon/dataset'
import { openModel } from '@merlon/model'
import { toJson } from '@merlon/report'
import type { Invocation, Outcome } from './command.ts'
import { plannedFiles, writeReportFiles } from './report-files.ts'
import { reportLines } from './report-text.ts'
import { settingsOf } from './settings.ts'

export interface EvasionRun {
  readonly schema: 'merlon/assess/v1' | 'merlon/attack/v1'
  /** The words that stand before the model when the run is repeated. */
  readonly typed: Readonly<Record<string, string>>
  readonly attacks: readonly string[]
  readonly parameters: AttackParameters
  /** What a missing gradient comes to: a part of the report, or an error. */
  readonly needsGradients: boolean
}

/** Opens model and data, runs the campaign, writes the files and shows the report. */
export async function runEvasion(
  invocation: Invocation,
  modelWord: string,
  run: EvasionRun,
): Promise<Outcome> {
  const { options, task, ui, failOn, world } = invocation
  const files = await plannedFiles(invocation)
  const modelPath = await resolveModel(invocation, modelWord)
  const model = await openModel(modelPath)
  try {
    const dataset = await resolveData(invocation)
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
    return outcomeOf(
      report,
      files.map(({ path }) => path),
    )
  } finally {
    await model.close()
  }
}

function outcomeOf(report: Report, files: readonly string[]): Outcome {
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
    data: { ...data, files },
    text: (paint) => reportLines(report, files, paint),
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

/** A file, or the name of a model in merlon.yaml. */
async function resolveModel(invocation: Invocation, word: string): Promise<string> {
  const path = resolve(invocation.world.cwd, word)
  if (existsSync(path) || !isName(word)) return path
  return (await settingsOf(invocation)).config.models[word]?.path ?? path
}

/** A path, or the name of a data set in merlon.yaml; flags win over what stands there. */
async function resolveData(invocation: Invocation): Promise<Dataset> {
  const { options, world } = invocation
  const word = options.text('data')
  assert(word !== undefined, '--data is needed')
  const path = resolve(world.cwd, word)
  const named =
    existsSync(path) || !isName(word)
      ? undefined
      : (await settingsOf(invocation)).config.datasets[word]
  const split = options.text('split') ?? named?.split
  const labels = options.text('labels') ?? named?.labels
  return openDataset(named?.path ?? path, {
    ...(split === 'test' || split === 'train' ? { split } : {}),
    ...(labels === undefined ? {} : { labels }),
  })
}

function isName(word: string): boolean {
  return /^[\w.-]+$/.test(word) && !word.endsWith('.onnx')
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
    // The writer puts each operand before the ones so far.
    MODEL: model,
    ...typed,
    ...Object.fromEntries(texts),
    epsilon: options.numbers('epsilon').join(','),
    samples: String(options.count('samples')),
    'fail-on': failOn,
  }
}
