import type { LabelAccess } from '@merlon/attacks'
import type { Clock, Task } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { z } from 'zod'
import { givesGradients } from './access.ts'
import { batchesOf, batchRows } from './batches.ts'
import type { Checkpoint } from './checkpoint.ts'
import { limits } from './limits.ts'
import { type Plan, queriesOf } from './plan.ts'
import { invalidCheckpoint } from './progress-record.ts'

/** Part of the time that the plan may fill; the rest is for what the estimate misses. */
const share = 0.8
/** Fewer samples than this say nothing, whatever the time. */
const samplesMin = 16

export interface Budget {
  /** No bound where it is absent. */
  readonly budgetMs: number | undefined
  readonly clock: Clock
}

/**
 * The plan with as many samples as the time allows, from the cost of one query measured on this machine. How many they are
 * depends on the machine's speed, so a checkpoint keeps the number and the report says it.
 */
export async function samplesWithin(
  plan: Plan,
  model: LabelAccess,
  dataset: Dataset,
  { budgetMs, clock, checkpoint, task }: Budget & { checkpoint: Checkpoint; task: Task },
): Promise<Plan> {
  if (budgetMs === undefined || task.signal.aborted) return plan
  const known = checkpoint.read('samples')
  if (known !== undefined) {
    const { success, data } = z.int().min(1).max(plan.n).safeParse(known)
    if (!success) throw invalidCheckpoint()
    return { ...plan, n: data }
  }
  const size = Math.min(plan.n, limits.probeSamplesMax, batchRows(dataset))
  const [samples] = batchesOf(dataset, model, size)
  if (samples === undefined) return plan
  const timed = async (work: () => Promise<unknown>) => {
    const before = clock()
    await work()
    return (clock() - before) / size
  }
  const askMs = await timed(() => model.labels(samples.inputs))
  const needsGradients = plan.cells.some(({ declaration }) => declaration.access === 'gradients')
  const climbMs =
    needsGradients && givesGradients(model)
      ? await timed(() => model.lossGradient(samples.inputs, samples.labels))
      : askMs
  const perSample = plan.cells.reduce(
    (sum, cell) =>
      sum +
      queriesOf(cell, model.classes) * (cell.declaration.access === 'gradients' ? climbMs : askMs),
    askMs,
  )
  const fitting = perSample > 0 ? Math.floor((share * budgetMs) / perSample) : plan.n
  const n = Math.min(plan.n, Math.max(samplesMin, fitting))
  await checkpoint.write('samples', n)
  return { ...plan, n }
}

/** The task, stopped as well when its time is over; time is looked at where progress is reported. */
export function budgeted(
  task: Task,
  { budgetMs, clock, startedAt }: Budget & { startedAt: number },
): Task {
  if (budgetMs === undefined) return task
  const late = new AbortController()
  return {
    signal: AbortSignal.any([task.signal, late.signal]),
    progress(done, total) {
      if (clock() - startedAt > budgetMs) late.abort(new Error('the time budget was used up'))
      task.progress(done, total)
    },
  }
}
