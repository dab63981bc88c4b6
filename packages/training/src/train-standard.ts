import {
  type Clock,
  conclude,
  deriveSeed,
  type FailOn,
  permutation,
  type Report,
  type ReportInput,
  seededRandom,
  type Task,
  unattended,
  version,
} from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import {
  type ExecutionProvider,
  type ModelSignature,
  openModel,
  openTrainer,
  type PreprocessingChoice,
  type RuntimeOptions,
  type Trainer,
} from '@merlon/model'
import { type Score, scoreOf } from './accuracy.ts'
import { reportOf } from './report-of.ts'
import { rateAt } from './schedule.ts'
import { optimizerOf, type StandardRecipe } from './standard-recipe.ts'
import { batchAt, partsOf, sampleShapeOf } from './training-data.ts'

export interface TrainOptions {
  /** What is trained: the path of an ONNX file, or its bytes. */
  readonly model: string | Uint8Array
  /** What reports call it: a file or an architecture. */
  readonly modelName: string
  /** The file that the model came from, if it came from one. */
  readonly modelInput?: ReportInput
  /** What happens to samples before the model; what its file says unless stated. What is written names it. */
  readonly preprocessing?: PreprocessingChoice
  readonly recipe: StandardRecipe
  /** Learnt from and held out from. */
  readonly data: Dataset
  /** Only the first of them; all unless stated. */
  readonly samples?: number
  /** Samples that decide nothing: the model that is kept is measured on them once. */
  readonly test?: Dataset
  readonly seed: number
  readonly failOn: FailOn
  readonly clock: Clock
  readonly task?: Task
  /** Threads of the runtime; all cores unless stated. */
  readonly threads?: number
  /** Where the runtime computes; the CPU unless stated. */
  readonly executionProvider?: ExecutionProvider
  /** Called after each epoch with the model as it then is: write what is worth keeping. */
  readonly keep?: (model: Uint8Array, epoch: Epoch) => Promise<void>
}

/** What one pass over the data came to. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number
  /** Mean cross-entropy over the pass, each sample before the step that learnt it. */
  readonly loss: number
  /** Share of right answers over the same pass: a model that changes as it answers. */
  readonly learntAccuracy: number
  /** `undefined` where nothing is held out. */
  readonly heldOut: Score | undefined
  /** True if no epoch before it was better on the samples held out; without those, always. */
  readonly isBest: boolean
}

export interface Trained {
  readonly report: Report
  /** The epochs that were finished. */
  readonly epochs: readonly Epoch[]
  /** The model after the best epoch; `undefined` if none was finished. */
  readonly best: Uint8Array | undefined
  /** The model after the last finished epoch. */
  readonly last: Uint8Array | undefined
  /** Of the best epoch's model on the test set; `undefined` without one, or when it was stopped before. */
  readonly test: Score | undefined
}

/**
 * Trains a classifier on its data as they are: seeded shuffling, mini-batches, one optimiser, one schedule. After each epoch the
 * samples held out are asked; the best epoch's model is measured on the test set, once. A stopped task ends with the last
 * finished epoch.
 * @throws TrainingError TRAINING_NO_SAMPLES, TRAINING_DATA_MISMATCH; EngineError as `openTrainer` and its steps
 */
export async function trainStandard(options: TrainOptions): Promise<Trained> {
  const { data, recipe, seed, clock, task = unattended } = options
  const runtime = runtimeOf(options)
  const startedAt = clock()
  const signature = await signatureOf(options)
  const shape = sampleShapeOf(signature, data)
  const count = Math.min(options.samples ?? data.count, data.count)
  const parts = partsOf(count, recipe.validationShare, seed)
  const trainer = await openTrainer(options.model, {
    ...runtime,
    optimizer: optimizerOf(recipe),
    name: options.modelName,
    preprocessing: options.preprocessing ?? 'file',
    seed: deriveSeed(seed, 'dropout'),
  })
  const epochs: Epoch[] = []
  let best: Uint8Array | undefined
  let last: Uint8Array | undefined
  let test: Score | undefined
  try {
    const pass = passOver(options, trainer, parts.learnt, shape, signature.inputs[0]?.shape[0])
    const asked = { signal: task.signal, ...runtime }
    while (epochs.length < recipe.epochs) {
      const learnt = await pass(epochs.length)
      const model = trainer.export()
      const heldOut =
        parts.heldOut.length === 0 ? undefined : await scoreOf(model, data, parts.heldOut, asked)
      const before = Math.max(-1, ...epochs.map((epoch) => epoch.heldOut?.right ?? -1))
      const isBest = heldOut === undefined || heldOut.right >= before
      const epoch = { epoch: epochs.length + 1, ...learnt, heldOut, isBest }
      await options.keep?.(model, epoch)
      epochs.push(epoch)
      last = model
      if (isBest) best = model
    }
    if (options.test !== undefined && best !== undefined) {
      const all = Int32Array.from({ length: options.test.count }, (_, i) => i)
      test = await scoreOf(best, options.test, all, asked)
    }
  } catch (error) {
    // What was stopped ends with what it has; anything else went wrong.
    if (!task.signal.aborted || error !== task.signal.reason) throw error
  } finally {
    await trainer.close()
  }
  const { findings, estimates, skipped } = reportOf(options, epochs, test, task.signal.aborted)
  const report: Report = {
    schema: 'merlon/train/v1',
    ...conclude({ findings, skipped, failOn: options.failOn, interrupted: task.signal.aborted }),
    title: `How ${options.modelName} learnt ${data.name}`,
    findings,
    estimates,
    skipped,
    health: [],
    illustrations: [],
    seed,
    inputs: [
      ...(options.modelInput === undefined ? [] : [options.modelInput]),
      ...data.inputs,
      ...(options.test?.inputs ?? []),
    ],
    options: optionTexts(options, count),
    tool: { name: 'merlon', version },
    startedAt: new Date(startedAt).toISOString(),
    durationMs: clock() - startedAt,
  }
  return { report, epochs, best, last, test }
}

function runtimeOf({ threads, executionProvider }: TrainOptions): RuntimeOptions {
  return {
    ...(threads === undefined ? {} : { threads }),
    ...(executionProvider === undefined ? {} : { executionProvider }),
  }
}

async function signatureOf(options: TrainOptions): Promise<ModelSignature> {
  const { model, modelName, preprocessing = 'file' } = options
  const opened = await openModel(model, { name: modelName, threads: 1, preprocessing })
  await opened.close()
  return opened.signature
}

/** One pass over the samples in a new order; its batches are the same for the same seed. */
function passOver(
  { data, recipe, seed, task = unattended }: TrainOptions,
  trainer: Trainer,
  samples: Int32Array,
  shape: readonly number[],
  fixed = -1,
) {
  const random = seededRandom(deriveSeed(seed, 'order'))
  const size = fixed > 0 ? fixed : recipe.batchSize
  // A file that fixes its batch takes whole ones only.
  const steps = fixed > 0 ? Math.floor(samples.length / size) : Math.ceil(samples.length / size)
  const total = steps * recipe.epochs
  return async (epoch: number) => {
    const order = permutation(samples.length, random)
    let loss = 0
    let correct = 0
    let seen = 0
    for (let step = 0; step < steps; step++) {
      task.signal.throwIfAborted()
      const chosen = order.subarray(step * size, (step + 1) * size)
      const { inputs, labels } = batchAt(
        data,
        chosen.map((k) => samples[k]!),
        shape,
      )
      const done = epoch * steps + step
      const rate = rateAt(recipe.schedule, recipe.learningRate, done, total)
      const result = await trainer.step(inputs, labels, rate)
      loss += result.loss * labels.length
      correct += result.correct
      seen += labels.length
      task.progress(done + 1, total)
    }
    return { loss: loss / seen, learntAccuracy: correct / seen }
  }
}

function optionTexts(
  { modelName, data, recipe, seed, test }: TrainOptions,
  count: number,
): Record<string, string> {
  return {
    model: modelName,
    data: data.name,
    samples: `the first ${count} of ${data.count}`,
    test: test?.name ?? 'none',
    ...Object.fromEntries(Object.entries(recipe).map(([key, value]) => [key, String(value)])),
    seed: String(seed),
  }
}
