import {
  type AttackEvidence,
  type AttackFunction,
  type AttackName,
  type AttackParameters,
  attackCatalogue,
  type GradientAccess,
  mergeEvidence,
  noEvidence,
} from '@merlon/attacks'
import { deriveSeed, seededRandom, type Task } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { gather, type Norm, row } from '@merlon/tensor'
import { batchesOf } from './batches.ts'
import type { CleanPass } from './clean-pass.ts'

/** One attack at one epsilon. */
export interface Cell {
  readonly attack: AttackName
  readonly norm: Norm
  readonly epsilon: number
}

/** A sample that fell, kept to be shown. */
export interface Example {
  readonly index: number
  readonly label: number
  readonly answered: number
  readonly original: Float32Array
  readonly adversarial: Float32Array
}

export interface CellResult extends Cell {
  /** Samples that the figure stands on, from the first; fewer than asked for where the task was stopped. */
  readonly n: number
  /** 1 where the model is right on the sample and the attack did not change that. */
  readonly isStanding: Uint8Array
  readonly queries: number
  readonly evidence: AttackEvidence
  readonly examples: readonly Example[]
}

export interface CellOptions {
  readonly seed: number
  readonly parameters: AttackParameters
  readonly examplesMax: number
}

/**
 * Attacks every sample that the model is right on, a batch at a time, until the task is stopped;
 * a batch that was under way then does not count.
 */
export async function runCell(
  model: GradientAccess,
  dataset: Dataset,
  clean: CleanPass,
  cell: Cell,
  { seed, parameters, examplesMax }: CellOptions,
  task: Task,
): Promise<CellResult> {
  const attack: AttackFunction<GradientAccess> = attackCatalogue[cell.attack].run
  const isStanding = clean.isRight.slice(0, clean.n)
  const examples: Example[] = []
  let evidence = noEvidence
  let queries = 0
  let n = 0

  for (const { start, inputs, labels } of batchesOf(dataset, model, clean.n)) {
    const right = Int32Array.from(labels, (_, k) => k).filter((k) => isStanding[start + k] === 1)
    const batch = gather(inputs, right)
    const truth = right.map((k) => labels[k]!)
    const random = seededRandom(
      deriveSeed(seed, `${cell.attack} ${cell.norm} ${cell.epsilon} ${start}`),
    )
    const settings = { ...cell, ...parameters, range: dataset.range, random }
    const inBatch: Task = {
      signal: task.signal,
      progress: (done, total) => task.progress(start + (labels.length * done) / total, clean.n),
    }
    const result = await untilStopped(attack(model, batch, truth, settings, inBatch), task)
    if (result === 'stopped') break

    for (const [k, position] of right.entries()) {
      if (!result.isAdversarial[k]) continue
      isStanding[start + position] = 0
      const place = placeFor(truth[k]!, examples, examplesMax)
      if (place === undefined) continue
      examples[place] = {
        index: start + position,
        label: truth[k]!,
        answered: result.labels[k]!,
        original: row(batch, k).slice(),
        adversarial: row(result.adversarial, k).slice(),
      }
    }
    evidence = mergeEvidence(evidence, result.health)
    queries += result.queries
    n = start + labels.length
    task.progress(n, clean.n)
  }
  return { ...cell, n, isStanding: isStanding.subarray(0, n), queries, evidence, examples }
}

/** The result, or `stopped` where the attack gave up because it was told to. */
async function untilStopped<Result>(
  result: Promise<Result>,
  task: Task,
): Promise<Result | 'stopped'> {
  try {
    return await result
  } catch (error) {
    if (task.signal.aborted) return 'stopped'
    throw error
  }
}

/** Where an example of a class goes: at the end, or in place of a second one of a class that is shown already. */
function placeFor(label: number, shown: readonly Example[], examplesMax: number) {
  if (shown.length < examplesMax) return shown.length
  if (shown.some((example) => example.label === label)) return undefined
  const second = shown.findIndex(
    (example, i) => shown.findIndex((other) => other.label === example.label) < i,
  )
  return second === -1 ? undefined : second
}
