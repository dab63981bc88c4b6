import type { GradientAccess, LabelAccess, ScoreAccess } from '@merlon/attacks'
import {
  CodedError,
  deriveSeed,
  type Json,
  seededRandom,
  severities,
  type Task,
} from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { argmaxRows, row, rows, type Tensor, tensor } from '@merlon/tensor'
import { z } from 'zod'
import { givesGradients, givesScores } from './access.ts'
import { batchesOf, batchRows, type Chosen } from './batches.ts'
import type { Checkpoint } from './checkpoint.ts'
import { limits } from './limits.ts'
import { misfitCheck } from './misfit.ts'
import { invalidCheckpoint } from './progress-record.ts'
import { type RatedCheck, rate } from './rated-check.ts'
import { isSecondSoftmax, logMargins } from './score-shape.ts'

/** What a few questions tell of a model before it is attacked. */
export interface Probe {
  readonly checks: readonly RatedCheck[]
  /** Why gradients cannot be had of a model that should give them. */
  readonly noGradients?: string | undefined
  readonly queries: number
}

const Stored = z.strictObject({
  checks: z.array(
    z.strictObject({
      attack: z.string(),
      name: z.string(),
      isHealthy: z.boolean(),
      value: z.number(),
      threshold: z.number(),
      meaning: z.string(),
      severity: z.enum(severities),
    }),
  ),
  noGradients: z.string().optional(),
  queries: z.int(),
})

/** The engine's codes for a model that can be asked but not differentiated. */
const noGradientCodes: readonly string[] = ['NO_GRADIENT_RULE', 'NO_GRADIENT_PATH']

/** The sign of a randomised model. */
export const varying = 'answers that vary'

/** Thresholds, and why they are where they are: docs/decisions/0058-signs-of-a-masked-model.md. */
const saturatedMargin = 87
const saturatedShareMax = 0.05
const doubledShareMax = 0.5
const zeroShareMax = 0.05
const noiseShareMax = 0.25
/** How far a gradient is tried, as a share of the inputs' range. */
const trialStep = 0.02

interface ProbeOptions {
  readonly seed: number
  /** How much each number of a sample varies, where that is known. */
  readonly scales?: readonly number[] | undefined
  readonly checkpoint: Checkpoint
  readonly task: Task
}

/** Asks the model about the first samples: signs that it cannot be measured, whatever the attacks will find. */
export async function probeModel(
  model: LabelAccess,
  dataset: Dataset,
  n: number,
  { seed, scales, checkpoint, task }: ProbeOptions,
): Promise<Probe> {
  const known = checkpoint.read('probe')
  if (known !== undefined) return readProbe(known)
  const size = Math.min(n, limits.probeSamplesMax, batchRows(dataset))
  const [samples] = batchesOf(dataset, model, size)
  if (samples === undefined || task.signal.aborted) return { checks: [], queries: 0 }
  const probe = await probeSamples(model, dataset, samples, { seed, scales })
  await checkpoint.write('probe', {
    ...probe,
    checks: probe.checks.map(({ epsilon: _, ...check }) => check),
  })
  return probe
}

async function probeSamples(
  model: LabelAccess,
  dataset: Dataset,
  samples: Chosen,
  { seed, scales }: Pick<ProbeOptions, 'seed' | 'scales'>,
): Promise<Probe> {
  const count = rows(samples.inputs)
  let queries = 0
  const asked: LabelAccess['labels'] = (batch) => {
    queries += rows(batch)
    return model.labels(batch)
  }
  const checks: RatedCheck[] = []
  if (!givesScores(model)) {
    const [first, second] = [await asked(samples.inputs), await asked(samples.inputs)]
    const varied = first.reduce((sum, label, k) => sum + (label === second[k] ? 0 : 1), 0)
    checks.push(varyingCheck(varied / count))
  } else {
    const scores = await model.scores(samples.inputs)
    checks.push(varyingCheck(shareVaried(scores, await model.scores(samples.inputs))))
    queries += 2 * count
    checks.push(saturatedCheck(scores, samples.labels))
  }
  const misfit = await misfitCheck(asked, dataset, samples)
  if (misfit !== undefined) checks.push(misfit)
  if (!givesGradients(model)) return { checks, queries }

  try {
    const random = seededRandom(deriveSeed(seed, 'probe'))
    const found = await gradientChecks(model, dataset, samples, { random, scales })
    return { checks: [...checks, ...found], queries: queries + 3 * count }
  } catch (error) {
    if (!(error instanceof CodedError && noGradientCodes.includes(error.code))) throw error
    const noGradients = error.message
    return { checks: [...checks, missingCheck(noGradients)], noGradients, queries }
  }
}

async function gradientChecks(
  model: GradientAccess,
  { range }: Dataset,
  { inputs, labels }: Chosen,
  { random, scales }: { random: () => number; scales: readonly number[] | undefined },
): Promise<RatedCheck[]> {
  const { gradient, scores, losses } = await model.lossGradient(inputs, labels)
  const right = Array.from(argmaxRows(scores), (answer, i) => answer === labels[i])
  const width = trialStep * (range === null ? spread(inputs) : range[1] - range[0])
  const moved = (direction: (i: number) => number): Tensor => {
    const data = inputs.data.map((value, i) => {
      const unit = scales === undefined ? width : trialStep * scales[i % scales.length]!
      const to = value + unit * Math.sign(direction(i))
      return range === null ? to : Math.min(range[1], Math.max(range[0], to))
    })
    return tensor(inputs.shape, data)
  }
  const before = logMargins(scores, labels)
  const climbed = logMargins(
    await scoresOf(
      model,
      moved((i) => gradient.data[i]!),
    ),
    labels,
  )
  const wandered = logMargins(
    await scoresOf(
      model,
      moved(() => random() - 0.5),
    ),
    labels,
  )
  const of = right.filter(Boolean).length
  const misled = right.filter((isRight, i) => {
    const rise = before[i]! - climbed[i]!
    return isRight && !(rise > Math.max(0, before[i]! - wandered[i]!))
  }).length
  const zeros = right.filter((_, i) => row(gradient, i).every((value) => value === 0)).length
  const doubled = right.filter((_, i) =>
    isSecondSoftmax(row(scores, i), labels[i]!, losses[i]!),
  ).length
  return [
    rate('none', undefined, {
      name: 'zero gradients',
      threshold: zeroShareMax,
      severity: 'high',
      value: zeros / right.length,
      meaning:
        'share of unchanged samples whose gradient is exactly zero: attacks along it have no direction',
    }),
    ...(of === 0
      ? []
      : [
          rate('none', undefined, {
            name: 'gradients no better than noise',
            threshold: noiseShareMax,
            severity: 'high',
            value: misled / of,
            meaning:
              'share of right answers that a small step along the gradient brings no nearer to an error than a random step of the same size',
          }),
        ]),
    rate('none', undefined, {
      name: 'softmax of a softmax',
      threshold: doubledShareMax,
      severity: 'high',
      value: doubled / right.length,
      meaning:
        'share of samples whose scores went through a softmax twice: the first one flattens the gradient of the second; export logits',
    }),
    ...estimateChecks(model),
  ]
}

async function scoresOf(model: ScoreAccess, batch: Tensor): Promise<Tensor> {
  return model.scores(batch)
}

/** Gradients that go straight through what rounds are estimates, and the model says so itself. */
function estimateChecks(model: object): RatedCheck[] {
  const notes =
    'gradientNotes' in model && Array.isArray(model.gradientNotes) ? model.gradientNotes : []
  const operators = notes.flatMap((note: unknown) =>
    typeof note === 'object' && note !== null && 'operator' in note ? [String(note.operator)] : [],
  )
  if (operators.length === 0) return []
  return [
    rate('none', undefined, {
      name: 'estimated gradients',
      threshold: 0,
      severity: 'low',
      value: operators.length,
      meaning: `kinds of operators whose derivative is a stand-in (${operators.slice(0, 5).join(', ')}): white-box attacks may be weaker than they could be`,
    }),
  ]
}

function missingCheck(why: string): RatedCheck {
  return rate('none', undefined, {
    name: 'no gradients',
    threshold: 0,
    severity: 'low',
    value: 1,
    meaning: `white-box attacks cannot run, so that queries alone were tried: ${why}`,
  })
}

function varyingCheck(value: number): RatedCheck {
  return rate('none', undefined, {
    name: varying,
    threshold: 0,
    severity: 'high',
    value,
    meaning:
      'share of samples on which the model answers otherwise when it is asked again: a randomised model needs attacks that average over its noise',
  })
}

function saturatedCheck(scores: Tensor, labels: Int32Array): RatedCheck {
  const margins = logMargins(scores, labels)
  const saturated = margins.filter((margin) => Math.abs(margin) > saturatedMargin).length
  return rate('none', undefined, {
    name: 'saturated scores',
    threshold: saturatedShareMax,
    severity: 'high',
    value: saturated / margins.length,
    meaning:
      'share of samples whose scores lie so far apart that a softmax in single precision rounds all but one to nothing: losses and gradients vanish with them',
  })
}

/** Two answers are the same if they differ by no more than rounding. */
function shareVaried(a: Tensor, b: Tensor): number {
  let varied = 0
  for (let i = 0; i < rows(a); i++) {
    const [first, second] = [row(a, i), row(b, i)]
    const size = first.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    if (!first.every((value, k) => Math.abs(value - second[k]!) <= 1e-5 * size)) varied += 1
  }
  return varied / rows(a)
}

function spread({ data }: Tensor): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length)
}

function readProbe(value: Json): Probe {
  const { success, data } = Stored.safeParse(value)
  if (!success) throw invalidCheckpoint()
  return { ...data, checks: data.checks.map((check) => ({ ...check, epsilon: undefined })) }
}
