import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { assert, CodedError, type Report, type ReportInput } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { openModel, type PreprocessingChoice } from '@merlon/model'
import { toJson } from '@merlon/report'
import {
  architectureNames,
  buildArchitecture,
  type Epoch,
  optimizerNames,
  type StandardRecipe,
  scheduleNames,
  standardRecipe,
  type Trained,
  trainStandard,
  writeCheckpoint,
} from '@merlon/training'
import type { Invocation, Outcome } from '../command.ts'
import {
  executionProviderOf,
  openSource,
  replayedProvider,
  resolveData,
  resolveModel,
} from '../named-inputs.ts'
import { plannedFiles, type ReportFile, writeReportFiles } from '../report-files.ts'
import { epochLine, trainedLines } from '../trained-text.ts'
import { plannedFile } from '../writable.ts'

/** `merlon train RECIPE MODEL|ARCH --data D --out FILE`: trains, keeps the best epoch, measures it. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options, task, ui, failOn, world } = invocation
  const [, word = ''] = operands
  const out = await plannedFile(invocation, 'out')
  const last = await plannedFile(invocation, 'last')
  assert(out !== undefined, '--out is needed')
  const files = await plannedFiles(invocation)
  const recipe = recipeOf(invocation)
  const { data, test } = await openParts(invocation)
  const seed = options.number('seed') ?? 0
  const { model, input, preprocessing = 'file' } = await startOf(invocation, word, data, seed)
  const samples = options.count('samples')
  const threads = options.number('threads')
  const trained = await trainStandard({
    model,
    modelName: input?.path ?? word,
    preprocessing,
    ...(input === undefined ? {} : { modelInput: input }),
    recipe,
    data,
    ...(test === undefined ? {} : { test }),
    ...(typeof samples === 'number' ? { samples } : {}),
    ...(threads === undefined ? {} : { threads }),
    ...executionProviderOf(invocation),
    seed,
    failOn,
    clock: world.clock,
    task: { signal: task.signal, progress: ui.bar(`training ${word}`, 'steps') },
    async keep(bytes: Uint8Array, epoch: Epoch) {
      if (epoch.isBest) await writeCheckpoint(out, bytes)
      if (last !== undefined) await writeCheckpoint(last, bytes)
      ui.say(epochLine(epoch, recipe.epochs))
    },
  })
  const report: Report = { ...trained.report, options: replayOptions(invocation, recipe) }
  await writeReportFiles(report, files)
  return outcomeOf({ ...trained, report }, { out, last }, files)
}

function recipeOf({ options }: Invocation): StandardRecipe {
  const number = (name: string) => {
    const value = options.number(name)
    assert(value !== undefined, `--${name} has a default`)
    return value
  }
  const optimizer = optimizerNames.find((name) => name === options.text('optimizer'))
  const schedule = scheduleNames.find((name) => name === options.text('schedule'))
  const learningRate = options.number('lr')
  return standardRecipe({
    epochs: number('epochs'),
    batchSize: number('batchSize'),
    momentum: number('momentum'),
    weightDecay: number('weightDecay'),
    validationShare: number('validationShare'),
    ...(optimizer === undefined ? {} : { optimizer }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(learningRate === undefined ? {} : { learningRate }),
  })
}

/** The training split, or what there is; and the test split, where that is something else. */
async function openParts(invocation: Invocation) {
  const source = await resolveData(invocation)
  const train = await openSplit(invocation, 'train')
  const data = train ?? (await openSource({ ...source, split: undefined }))
  if (train === undefined) {
    invocation.ui.tell({
      kind: 'warning',
      text: `there is no train split: learning from ${data.name}`,
    })
  }
  const test = await openSplit(invocation, 'test')
  return { data, test: test?.name === data.name ? undefined : test }
}

async function openSplit(
  invocation: Invocation,
  split: 'test' | 'train',
): Promise<Dataset | undefined> {
  try {
    return await openSource({ ...(await resolveData(invocation)), split })
  } catch (error) {
    if (error instanceof CodedError && error.code === 'DATASET_SPLIT_MISSING') return undefined
    throw error
  }
}

/** An architecture drawn from the seed, or a file. */
async function startOf(
  invocation: Invocation,
  word: string,
  data: Dataset,
  seed: number,
): Promise<{
  readonly model: string | Uint8Array
  readonly input?: ReportInput
  readonly preprocessing?: PreprocessingChoice
}> {
  if (!existsSync(resolve(invocation.world.cwd, word)) && architectureNames.includes(word)) {
    const { sampleShape: inputShape, classes } = data
    return { model: buildArchitecture(word, { inputShape, classes, seed }) }
  }
  const { path, preprocessing } = await resolveModel(invocation, word)
  const opened = await openModel(path, { threads: 1, preprocessing })
  await opened.close()
  return { model: path, input: { path, sha256: opened.sha256 }, preprocessing }
}

/** What the report prints as the command that repeats it. */
function replayOptions(
  { operands: [recipeWord = '', word = ''], options, failOn }: Invocation,
  recipe: StandardRecipe,
): Record<string, string> {
  const texts = ['data', 'labels', 'out', 'last'].flatMap((name) => {
    const value = options.text(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const threads = options.number('threads')
  return {
    RECIPE: recipeWord,
    MODEL: word,
    ...Object.fromEntries(texts),
    samples: String(options.count('samples')),
    epochs: String(recipe.epochs),
    lr: String(recipe.learningRate),
    'batch-size': String(recipe.batchSize),
    optimizer: recipe.optimizer,
    momentum: String(recipe.momentum),
    'weight-decay': String(recipe.weightDecay),
    schedule: recipe.schedule,
    'validation-share': String(recipe.validationShare),
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...replayedProvider(options),
    'fail-on': failOn,
  }
}

function outcomeOf(
  { report, epochs, best }: Trained,
  { out, last }: { readonly out: string; readonly last: string | undefined },
  reports: readonly ReportFile[],
): Outcome {
  const envelope: Outcome['data'] = JSON.parse(toJson(report))
  const { verdict: _verdict, exitCode: _exitCode, ...data } = envelope
  const written = best === undefined ? [] : [out, ...(last === undefined ? [] : [last])]
  const files = [...written, ...reports.map(({ path }) => path)]
  return {
    findings: report.findings,
    estimates: report.estimates,
    skipped: report.skipped,
    seed: report.seed,
    inputs: report.inputs,
    isInterrupted: report.exitCode === 130,
    data: {
      ...data,
      epochs: epochs.map(({ epoch, loss, learntAccuracy, isBest }) => ({
        epoch,
        loss,
        learntAccuracy,
        isBest,
      })),
      files,
    },
    text: (paint) => trainedLines(report, files, paint),
    isVerdict: true,
    ...(best === undefined ? {} : { next: [`merlon assess ${out} --data ${report.options.data}`] }),
  }
}
