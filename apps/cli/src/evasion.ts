import { assess, type ProfileName, parseGate, profileNames, readBaseline } from '@merlon/assess'
import type { AttackParameters } from '@merlon/attacks'
import type { Report, ReportInput } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { toJson } from '@merlon/report'
import { constraintsOf } from '@merlon/server'
import { type Norm, norms } from '@merlon/tensor'
import { type AttackedModel, gradientsOf, openAttacked } from './attacked-model.ts'
import { type KeptCheckpoint, openCheckpoint } from './checkpoint-file.ts'
import { CliError } from './cli-error.ts'
import type { Invocation, Outcome } from './command.ts'
import { gatesOf } from './fail-on.ts'
import { type Kept, keepReport, keptLines } from './keep-report.ts'
import { columnsOf, openSource, replayedProvider, resolveData } from './named-inputs.ts'
import { readTextFile } from './read-text-file.ts'
import { plannedFiles, writeReportFiles } from './report-files.ts'
import { reportLines } from './report-text.ts'
import { readSpan } from './time-span.ts'

export interface EvasionRun {
  readonly schema: 'merlon/assess/v1' | 'merlon/attack/v1'
  /** The words that stand before the model when the run is repeated. */
  readonly typed: Readonly<Record<string, string>>
  /** Absent where a profile chooses. */
  readonly attacks?: readonly string[]
  readonly parameters: AttackParameters
  /** What a missing gradient comes to: an error, or a part of the report. */
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
  const { task, ui } = invocation
  const source = await resolveData(invocation)
  const columns = await columnsOf(invocation, source)
  const asked = await askedFor(invocation, run, columns !== undefined)
  const files = await plannedFiles(invocation)
  // A gradient that goes straight through what rounds is an estimate, and the report says so; one attack wants no estimate.
  const straightThrough = !run.needsGradients
  const attacked = await openAttacked(invocation, modelWord, { straightThrough })
  const { model, path: modelPath, sha256, name } = attacked
  const surrogate = await openSurrogate(invocation)
  let isDone = false
  try {
    const dataset = await openSource(source)
    const constraints =
      columns === undefined ? undefined : constraintsOf(columns, dataset.featureNames)
    const { gates, ...figures } = asked
    const checkpoint = await openCheckpoint(invocation, {
      model: sha256,
      surrogate: surrogate?.sha256 ?? null,
      data: dataset.inputs.map(({ sha256 }) => sha256),
      preprocessing: JSON.stringify(attacked.preprocessing),
      options: JSON.stringify({ ...figures, columns, baseline: undefined, failOn: undefined }),
    })
    sayResumed(invocation, checkpoint)
    const label = run.attacks?.join(', ') ?? `profile ${figures.profile ?? 'standard'}`
    const assessed = await assess({
      ...asked,
      model,
      modelPath,
      modelSha256: sha256,
      dataset,
      ...(constraints === undefined ? {} : { constraints }),
      ...(surrogate === undefined
        ? {}
        : { surrogate: { model: surrogate.model, input: inputOf(surrogate) } }),
      fallback: !run.needsGradients,
      checkpoint,
      task: { signal: task.signal, progress: ui.bar(`attacking with ${label}`, 'queries') },
      clock: invocation.world.clock,
    }).finally(() => checkpoint.flush())
    if (assessed.exitCode !== 130) await checkpoint.remove()
    if (run.needsGradients && !task.signal.aborted) {
      await proveGradients(attacked, dataset, assessed)
    }
    const report: Report = {
      ...assessed,
      schema: run.schema,
      options: replayOptions(invocation, modelWord, { ...run, ...asked }, assessed),
    }
    await writeReportFiles(report, files)
    isDone = assessed.exitCode !== 130
    const about = { name, sha256, report }
    const kept = run.isKept ? await keepReport(invocation, about) : undefined
    const paths = files.map(({ path }) => path)
    return outcomeOf(report, paths, kept, checkpoint)
  } finally {
    await attacked.close(isDone)
    await surrogate?.close(isDone)
  }
}

/** What was typed, as the assessment takes it. */
async function askedFor(
  { options, failOn, world }: Invocation,
  run: EvasionRun,
  isDescribed: boolean,
) {
  const samples = options.count('samples')
  const profile = options.text('profile')
  const timeBudgetMs = readSpan('--time-budget', options.text('timeBudget'))
  if (run.attacks !== undefined && profile !== undefined) {
    throw new CliError('USAGE', '--attack and --profile both say what to run; give one of the two')
  }
  const baseline = await readTextFile(world.cwd, options.text('baseline'))
  return {
    ...(run.attacks === undefined ? {} : { attacks: run.attacks }),
    ...(isProfile(profile) ? { profile } : {}),
    parameters: run.parameters,
    ...ballOf(options, isDescribed),
    ...(samples === undefined ? {} : { samples }),
    ...(timeBudgetMs === undefined ? {} : { timeBudgetMs }),
    seed: options.number('seed') ?? 0,
    failOn,
    gates: gatesOf(options, parseGate),
    ...(baseline === undefined ? {} : { baseline: readBaseline(baseline) }),
  }
}

function isProfile(text: string | undefined): text is ProfileName {
  return profileNames.some((name) => name === text)
}

/** Among described columns another category is the square root of 2 in l2: 2 pays for two of them. */
function ballOf(options: Invocation['options'], isDescribed: boolean) {
  const text = options.text('norm')
  const usual: Norm = isDescribed ? 'l2' : 'linf'
  const norm = norms.find((candidate) => candidate === text) ?? usual
  const epsilon = options.numbers('epsilon')
  return { norm, epsilon: epsilon.length > 0 ? epsilon : [isDescribed ? 2 : 0.1] }
}

/** @throws CliError USAGE if the surrogate cannot be differentiated at all */
async function openSurrogate(invocation: Invocation) {
  const word = invocation.options.text('surrogate')
  if (word === undefined) return undefined
  const opened = await openAttacked(invocation, word, { straightThrough: true })
  if ('lossGradient' in opened.model) return { ...opened, model: opened.model }
  await opened.close(true)
  const message = `--surrogate ${JSON.stringify(word)} gives no gradients: name a model file`
  throw new CliError('USAGE', message)
}

function inputOf({ path, sha256 }: AttackedModel): ReportInput {
  return { path, sha256 }
}

function sayResumed({ options, ui }: Invocation, { found, path }: KeptCheckpoint): void {
  if (!options.flag('resume')) return
  ui.say(
    found === 0
      ? `nothing is left of an earlier run at ${path}; starting anew`
      : `going on from ${path}`,
  )
}

function outcomeOf(
  report: Report,
  files: readonly string[],
  kept: Kept | undefined,
  { path }: KeptCheckpoint,
): Outcome {
  const envelope: Outcome['data'] = JSON.parse(toJson(report))
  const { verdict: _verdict, exitCode: _exitCode, ...data } = envelope
  const rules = [...new Set(report.findings.map(({ rule }) => rule))]
  const isInterrupted = report.exitCode === 130
  const resume = isInterrupted && path !== undefined ? ['repeat the command with --resume'] : []
  return {
    findings: report.findings,
    estimates: report.estimates,
    skipped: report.skipped,
    seed: report.seed,
    inputs: report.inputs,
    isInterrupted,
    data: { ...data, files, kept: kept === undefined ? null : { id: kept.id, url: kept.url } },
    text: (paint) => [...reportLines(report, files, paint), ...keptLines(kept)],
    isVerdict: true,
    next: [...resume, ...rules.slice(0, 3).map((rule) => `merlon explain ${rule}`)],
  }
}

/** Where an attack of one's own choice measured nothing, the engine says why, with its code. */
async function proveGradients(attacked: AttackedModel, dataset: Dataset, report: Report) {
  if (report.estimates.some(({ name }) => name !== 'clean accuracy')) return
  const { inputs, labels } = dataset.read(0, 1)
  await gradientsOf(attacked).lossGradient(inputs, labels)
}

const replayed = ['data', 'split', 'labels', 'columns', 'profile', 'surrogate', 'baseline'] as const

/** What the report prints as the command that repeats it. */
function replayOptions(
  { options }: Invocation,
  model: string,
  { typed, norm, epsilon }: EvasionRun & { norm: Norm; epsilon: readonly number[] },
  { estimates, exitCode }: Report,
): Record<string, string> {
  const texts = replayed.flatMap((name) => {
    const value = options.text(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  // How many samples a time budget left depends on the machine: said outright, the run repeats itself anywhere.
  const isChosen =
    options.count('samples') !== undefined && options.text('timeBudget') === undefined
  const samples = isChosen || exitCode === 130 ? options.count('samples') : estimates[0]?.n
  return {
    // Operands in the order in which they are typed: the name of an attack before its model.
    ...typed,
    MODEL: model,
    ...Object.fromEntries(texts),
    norm,
    epsilon: epsilon.join(','),
    ...(samples === undefined ? {} : { samples: String(samples) }),
    ...replayedProvider(options),
    'fail-on': options.list('failOn').join(','),
  }
}
