import { type AttackEvidence, noEvidence } from '@merlon/attacks'
import type { Json } from '@merlon/core'
import { z } from 'zod'
import { AssessError } from './assess-error.ts'
import type { CellProgress } from './campaign.ts'
import { limits } from './limits.ts'
import { PackedBytes, PackedDoubles, PackedFloats, packFloats } from './packed.ts'

const Progress = z.strictObject({
  done: z.int().min(0),
  isTried: PackedBytes,
  isFallen: PackedBytes,
  isByQueries: PackedBytes,
  distances: PackedDoubles,
  costs: PackedDoubles,
  decibels: PackedDoubles,
  refused: z.int().min(0),
  queries: z.int().min(0),
  evidence: z.record(z.string(), z.number()),
  examples: z
    .array(
      z.strictObject({
        index: z.int().min(0),
        label: z.int(),
        answered: z.int(),
        original: PackedFloats,
        adversarial: PackedFloats,
      }),
    )
    .max(limits.examplesMax),
  parts: z
    .array(z.strictObject({ attack: z.string(), kept: z.int().min(0), queries: z.int().min(0) }))
    .max(limits.partsMax),
  notes: z.array(z.string()).max(limits.partsMax),
})

/** A cell's progress as a checkpoint keeps it. */
export function writeProgress(so: CellProgress): Json {
  return {
    done: so.done,
    isTried: packFloats(so.isTried),
    isFallen: packFloats(so.isFallen),
    isByQueries: packFloats(so.isByQueries),
    distances: packFloats(so.distances),
    costs: packFloats(so.costs),
    decibels: packFloats(so.decibels),
    refused: so.refused,
    queries: so.queries,
    evidence: { ...so.evidence },
    examples: so.examples.map(({ original, adversarial, ...rest }) => ({
      ...rest,
      original: packFloats(original),
      adversarial: packFloats(adversarial),
    })),
    parts: so.parts.map((part) => ({ ...part })),
    notes: so.notes,
  }
}

/**
 * What a checkpoint keeps of a cell; `undefined` where it keeps nothing.
 * @throws AssessError CHECKPOINT_INVALID if it was not written by `writeProgress` for so many samples
 */
export function readProgress(value: Json | undefined, count: number): CellProgress | undefined {
  if (value === undefined) return undefined
  const { success, data } = Progress.safeParse(value)
  const isWhole =
    success &&
    [
      data.isTried,
      data.isFallen,
      data.isByQueries,
      data.distances,
      data.costs,
      data.decibels,
    ].every(({ length }) => length === count) &&
    data.done <= count
  if (!isWhole) throw invalidCheckpoint()
  // Every count is there by its default, and what was written is the attacks' own.
  const evidence: AttackEvidence = { ...noEvidence, ...data.evidence }
  return { ...data, evidence }
}

/** A checkpoint that does not hold together. */
export function invalidCheckpoint(): AssessError {
  return new AssessError(
    'CHECKPOINT_INVALID',
    'the checkpoint does not hold what an assessment writes; remove it and start again without it',
  )
}
