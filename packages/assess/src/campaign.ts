import {
  type Attack,
  type AttackEvidence,
  type AttackParameters,
  type AttackResult,
  attackCatalogue,
  attackNames,
  type Constraints,
  type GradientAccess,
  mergeEvidence,
  noEvidence,
  snrDecibels,
} from '@merlon/attacks'
import { assert, deriveSeed, seededRandom, type Task } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import type { LabelAccess } from '@merlon/model'
import { distance, gather, type Norm, row } from '@merlon/tensor'
import { attackOn } from './access.ts'
import { batchRows, type Chosen, samplesAt } from './batches.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type Example, placeFor } from './examples.ts'
import { limits } from './limits.ts'
import { queriesOf } from './plan.ts'
import { rowJudge } from './possible-rows.ts'
import { readProgress, writeProgress } from './progress-record.ts'

/** One attack at one epsilon; Infinity for an attack of minimal distance, which runs once. */
export interface Cell {
  readonly attack: string
  readonly declaration: Attack
  readonly parameters: AttackParameters
  readonly norm: Norm
  readonly epsilon: number
}

/** What a cell came to so far. It is filled as batches are done, and can be written down between them. */
export interface CellProgress {
  /** Samples tried, of those that the cell was given. */
  done: number
  /** 1 where the attack was run on the sample. */
  readonly isTried: Uint8Array
  /** 1 where the model erred on what the attack made of the sample. */
  readonly isFallen: Uint8Array
  /** 1 where an ensemble's parts that climb found nothing and one that only asks did. */
  readonly isByQueries: Uint8Array
  /** How far the sample had to move; Infinity where it was not tried or stood. */
  readonly distances: Float64Array
  /** What the changes of a row that fell cost, under constraints; Infinity elsewhere. */
  readonly costs: Float64Array
  /** Signal-to-noise ratio in dB of a recording that fell; NaN elsewhere. */
  readonly decibels: Float64Array
  /** Rows that an attack called adversarial and that the validator of constraints refused: they did not count. */
  refused: number
  queries: number
  evidence: AttackEvidence
  readonly examples: Example[]
  /** For an ensemble: what each of its attacks had left, in the order in which they ran. */
  readonly parts: PartProgress[]
  /** Where the attack had to do with less than it is meant to. */
  readonly notes: string[]
}

export interface PartProgress {
  readonly attack: string
  /** Samples that stood after it and those before it. */
  kept: number
  queries: number
}

export interface CellResult extends Cell, Readonly<CellProgress> {
  /** Samples that the figure stands on, from the first; fewer than asked for where the task was stopped. */
  readonly n: number
  /** True where samples that had fallen to something else were left out. */
  readonly isOnRemaining: boolean
}

export interface CellOptions {
  /** The samples to attack, by index: those that the model is right on, or what is left of them. */
  readonly open: Int32Array
  /** How many samples there are in all. */
  readonly count: number
  readonly isOnRemaining: boolean
  readonly seed: number
  readonly examplesMax: number
  /** The adversary's own model, for attacks by transfer. */
  readonly surrogate?: GradientAccess | undefined
  /** What rows can exist, where that is known. */
  readonly constraints?: Constraints | undefined
  readonly checkpoint: Checkpoint
}

/** The name under which a cell draws its random numbers and keeps its progress. */
export function cellKey({ attack, norm, epsilon }: Cell): string {
  return `${attack} ${norm} ${epsilon}`
}

/**
 * Attacks the open samples, a batch at a time, until the task is stopped; a batch that was under way then does not
 * count. What an earlier run finished is taken from the checkpoint.
 */
export async function runCell(
  model: LabelAccess,
  dataset: Dataset,
  cell: Cell,
  options: CellOptions,
  task: Task,
): Promise<CellResult> {
  const { open, count, isOnRemaining, checkpoint } = options
  const part = cellKey(cell)
  const so = readProgress(checkpoint.read(part), count) ?? fresh(count)
  const size = rowsOfBatch(cell, model, dataset)

  while (so.done < open.length) {
    task.progress(so.done, open.length)
    const indices = open.subarray(so.done, so.done + size)
    const samples = samplesAt(dataset, model, indices)
    const inBatch: Task = {
      signal: task.signal,
      progress: (done, total) =>
        task.progress(so.done + (indices.length * done) / total, open.length),
    }
    const result = await untilStopped(
      attackBatch(model, dataset, cell, options, indices, samples, inBatch),
      task,
    )
    if (result === 'stopped') break
    enter(so, cell, indices, { ...samples, kind: dataset.kind }, result, options)
    await checkpoint.write(part, writeProgress(so))
  }
  task.progress(so.done, Math.max(1, open.length))
  return { ...cell, ...so, n: covered(so.done, open, count), isOnRemaining }
}

/** How many samples, from the first, a cell has dealt with; those that were not open needed no attack. */
function covered(done: number, open: Int32Array, count: number): number {
  if (done === open.length) return count
  return done === 0 ? 0 : open[done]!
}

function attackBatch(
  model: LabelAccess,
  { range }: Dataset,
  cell: Cell,
  { seed, surrogate }: CellOptions,
  indices: Int32Array,
  { inputs, labels }: Chosen,
  task: Task,
): Promise<AttackResult> {
  const attack = attackOn(cell.declaration, model)
  assert(attack !== undefined, 'a cell is run on a model that gives what its attack asks for')
  const { norm, epsilon, parameters } = cell
  const random = seededRandom(deriveSeed(seed, `${cellKey(cell)} ${indices[0]}`))
  const own = surrogate === undefined ? {} : { surrogate }
  return attack(inputs, labels, { ...parameters, ...own, norm, epsilon, range, random }, task)
}

function enter(
  so: CellProgress,
  { declaration, norm }: Cell,
  indices: Int32Array,
  { inputs, labels, kind }: Chosen & Pick<Dataset, 'kind'>,
  result: AttackResult,
  { examplesMax, constraints }: CellOptions,
): void {
  const judge = constraints === undefined ? undefined : rowJudge(constraints, norm)
  for (const [k, index] of indices.entries()) {
    so.isTried[index] = 1
    if (!result.isAdversarial[k]) continue
    const verdict = judge?.(row(inputs, k), row(result.adversarial, k))
    if (verdict?.isPossible === false) {
      so.refused += 1
      continue
    }
    if (verdict !== undefined) so.costs[index] = verdict.cost
    so.isFallen[index] = 1
    if (kind === 'sounds') {
      so.decibels[index] = snrDecibels(result.adversarial, inputs, k)
    }
    const part = result.parts?.find(({ isAdversarial }) => isAdversarial[k])
    if (part !== undefined && !isClimbing(part.attack)) so.isByQueries[index] = 1
    if (declaration.goal === 'minimal') {
      so.distances[index] =
        verdict?.distance ?? distance(gather(result.adversarial, [k]), gather(inputs, [k]), norm, 0)
    }
    const place = placeFor(labels[k]!, so.examples, examplesMax)
    if (place === undefined) continue
    so.examples[place] = {
      index,
      label: labels[k]!,
      answered: result.labels[k]!,
      original: row(inputs, k).slice(),
      adversarial: row(result.adversarial, k).slice(),
    }
  }
  for (const [k, { attack, isAdversarial, queries }] of (result.parts ?? []).entries()) {
    so.parts[k] ??= { attack, kept: 0, queries: 0 }
    so.parts[k].kept += isAdversarial.filter((isFooled) => !isFooled).length
    so.parts[k].queries += queries
  }
  so.notes.push(...(result.notes ?? []).filter((note) => !so.notes.includes(note)))
  so.evidence = mergeEvidence(so.evidence, result.health)
  so.queries += result.queries
  so.done += indices.length
}

function isClimbing(part: string): boolean {
  return attackNames.some((name) => name === part && attackCatalogue[name].access === 'gradients')
}

function fresh(count: number): CellProgress {
  return {
    done: 0,
    isTried: new Uint8Array(count),
    isFallen: new Uint8Array(count),
    isByQueries: new Uint8Array(count),
    distances: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    costs: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    decibels: new Float64Array(count).fill(Number.NaN),
    refused: 0,
    queries: 0,
    evidence: noEvidence,
    examples: [],
    parts: [],
    notes: [],
  }
}

function rowsOfBatch(cell: Cell, model: LabelAccess, dataset: Dataset): number {
  const cheap = Math.floor(limits.batchQueriesMax / queriesOf(cell, model.classes))
  return Math.min(batchRows(dataset), Math.max(limits.batchRowsMin, cheap))
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
