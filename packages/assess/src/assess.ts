import { CodedError, type Report, type Skipped, type Task, unattended } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import { limitedTo } from './access.ts'
import type { AssessOptions } from './assess-options.ts'
import { type Cell, type CellResult, runCell } from './campaign.ts'
import { cellText } from './cell-text.ts'
import { noCheckpoint } from './checkpoint.ts'
import { allowed, budgetOf, choicesOf, planFor } from './choose-attacks.ts'
import { type CleanPass, cleanPass } from './clean-pass.ts'
import { hasFallen } from './figures.ts'
import { checkFit } from './fit.ts'
import { limits } from './limits.ts'
import { type Plan, queriesOf } from './plan.ts'
import { checkRowsExist } from './possible-rows.ts'
import { probeModel } from './probe.ts'
import { reportOf } from './report-of.ts'
import { budgeted, samplesWithin } from './time-budget.ts'

/**
 * Measures how a model withstands evasion: clean accuracy, robust accuracy per attack and epsilon and
 * of each sample's worst case, median distances, whether these figures can be trusted, and what was not measured.
 * A stopped task gives the part that is done, marked as interrupted.
 * @throws AssessError MODEL_DATA_MISMATCH, ASSESS_OPTION_INVALID, ASSESS_NO_SAMPLES, CHECKPOINT_INVALID; AttackError
 * ATTACK_UNKNOWN, ATTACK_OPTION_INVALID
 */
export async function assess(options: AssessOptions): Promise<Report> {
  const { model, dataset, seed, clock, task = unattended, checkpoint = noCheckpoint } = options
  const startedAt = clock()
  const asked = choicesOf(options)
  const planned = planFor(options, asked)
  checkFit(model, dataset)
  if (options.constraints !== undefined) {
    checkRowsExist(options.constraints, model, dataset, planned.n)
  }

  const probe = await probeModel(model, dataset, planned.n, {
    seed,
    scales: options.constraints?.columns.map(({ scale }) => scale),
    checkpoint,
    task,
  })
  const { choices, skipped } = allowed(options, asked, probe)
  const budgetMs = budgetOf(options)
  const whole = choices.length === 0 ? { ...planned, cells: [] } : planFor(options, choices)
  const plan = await samplesWithin(whole, model, dataset, { budgetMs, clock, checkpoint, task })
  const timed = budgeted(task, { budgetMs, clock, startedAt })
  const progress = overallProgress(plan, model, timed)
  const clean = await cleanPass(model, dataset, plan.n, checkpoint, progress.part(0))
  skipped.push(...unmeasured('clean accuracy', clean.n, plan.n, timed, task))
  const cells: CellResult[] = []
  for (const [k, cell] of plan.cells.entries()) {
    const result = await tryCell(options, { plan, clean, cells, cell }, progress.part(k + 1))
    if ('why' in result) skipped.push(result)
    else {
      cells.push(result)
      const what = cellText(cell)
      skipped.push(
        ...unmeasured(what, result.n, clean.n, timed, task),
        ...untested(result, plan, clean),
      )
    }
  }
  return reportOf(options, { plan, clean, cells, skipped, probe }, startedAt)
}

/** The engine's codes for a model that can be asked but not differentiated, and what an attack cannot do with its shape. */
const unsuited: readonly string[] = [
  'NO_GRADIENT_RULE',
  'NO_GRADIENT_PATH',
  'UNSUPPORTED_SIGNATURE',
  'ATTACK_INPUT_INVALID',
]

interface CellState {
  readonly plan: Plan
  readonly clean: CleanPass
  readonly cells: readonly CellResult[]
  readonly cell: Cell
}

/** Runs one cell, or says why it cannot be run on this model. */
async function tryCell(
  options: AssessOptions,
  { plan, clean, cells, cell }: CellState,
  task: Task,
): Promise<CellResult | Skipped> {
  const { model, dataset, seed, attacks, constraints, checkpoint = noCheckpoint } = options
  const examplesMax = Math.max(1, Math.floor(limits.examplesMax / plan.cells.length))
  const right = Int32Array.from(clean.labels, (_, i) => i).filter((i) => clean.isRight[i] === 1)
  const isCascade = attacks === undefined && cell.declaration.goal === 'bounded'
  const open = isCascade
    ? right.filter((i) => !cells.some((one) => hasFallen(one, i, cell.epsilon)))
    : right
  const isOnRemaining = open.length < right.length
  const surrogate = options.surrogate?.model
  const count = clean.n
  const run = { surrogate, constraints, open, count, isOnRemaining, seed, examplesMax, checkpoint }
  try {
    const limited = limitedTo(model, cell.declaration.access)
    return await runCell(limited, dataset, cell, run, task)
  } catch (error) {
    if (error instanceof CodedError && unsuited.includes(error.code)) {
      return { what: cellText(cell), why: error.message }
    }
    throw error
  }
}

function unmeasured(
  what: string,
  done: number,
  wanted: number,
  timed: Task,
  asked: Task,
): Skipped[] {
  if (done === wanted && !(timed.signal.aborted && wanted === 0)) return []
  const why = asked.signal.aborted ? 'the run was interrupted' : 'the time budget was used up'
  return [{ what: done === 0 ? what : `${what} on samples ${done} to ${wanted - 1}`, why }]
}

/** An attack that had no sample or no room tested nothing, however high its figure is. */
function untested(result: CellResult, { epsilon }: Plan, clean: CleanPass): Skipped[] {
  const what = cellText(result)
  if (result.n > 0 && clean.isRight.every((flag) => flag === 0)) {
    return [{ what, why: 'the model is right on none of the samples, so that none was attacked' }]
  }
  // As the start of a row of epsilons 0 is a baseline; alone it would pass for an attack that failed.
  const isAllZero = epsilon.every((value) => value === 0)
  return isAllZero && result.declaration.goal === 'bounded'
    ? [{ what, why: 'epsilon 0 leaves an adversary no room; pass a larger one' }]
    : []
}

/** Progress in planned queries, so that a slow attack counts for what it costs. */
function overallProgress(plan: Plan, { classes }: LabelAccess, task: Task) {
  const costs = plan.cells.map((cell) => queriesOf(cell, classes))
  const shares = [1, ...costs].map((cost) => cost * plan.n)
  const total = shares.reduce((sum, share) => sum + share, 0)
  return {
    part(index: number): Task {
      const before = shares.slice(0, index).reduce((sum, share) => sum + share, 0)
      return {
        signal: task.signal,
        progress: (done, all) =>
          task.progress(Math.round(before + (shares[index]! * done) / all), total),
      }
    },
  }
}
