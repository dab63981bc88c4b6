import { permutation, type Random, type Task, unattended } from '@merlon/core'
import type { LabelAccess, ScoreAccess } from '@merlon/model'
import { argmaxRows, row, rows, type Tensor, tensor } from '@merlon/tensor'
import { marginAnswer } from '../answer.ts'
import type { AttackResult } from '../attack.ts'
import { checkCount, checkInput, invalidOption } from '../check.ts'
import { limits } from '../limits.ts'
import { runSearches, type Search, type Subject } from '../searches.ts'
import { watchAttack } from '../watch.ts'
import { checkRows } from './check-rows.ts'
import { type Constraints, costOf, type Unit, unitsOf } from './constraints.ts'
import { isChanged, movesOf } from './moves.ts'

export interface ConstrainedSearchOptions {
  readonly constraints: Constraints
  readonly random: Random
  /** On each row; 1,000 unless given. */
  readonly queries?: number
  /** The most that a result may cost, in units of the columns' scales; no limit unless given. */
  readonly costMax?: number
}

export interface ConstrainedResult extends AttackResult {
  /** What each adversarial row costs; 0 where the row is as it was. */
  readonly costs: Float64Array
}

/** Rows asked about in one round. */
const rowsPerRound = 32
/** Decisions in one move while moves help, and the most after many that did not. */
const decisionsMax = 8
/** Halvings of a column's way back to the origin. */
const halvings = 6
/** Rounds without a better row until a search begins anew. */
const stallsMax = 20
/** A row found once has to be undercut by this. */
const cheaper = 0.999

/** What the model said of a row: how near it is to an error, above 0 where it errs. By labels alone it is 1 or -1. */
type Reply = number
type RowSearch = Generator<readonly Float32Array[], Float32Array, readonly Reply[]>

/**
 * The nearest row that can exist and that the model errs on, by scores or by labels: an evolutionary search that draws only
 * rows that the adversary can make (as MoEvA2, Simonetto et al. 2022, section 4.2), then takes decision after decision back
 * as long as the model errs. It needs no gradient, so tree ensembles fall to it as networks do.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function constrainedSearch(
  model: LabelAccess | ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  options: ConstrainedSearchOptions,
  task: Task = unattended,
): Promise<ConstrainedResult> {
  const { constraints, random, queries = 1_000, costMax = Number.POSITIVE_INFINITY } = options
  const ball = { norm: 'l2', epsilon: Number.POSITIVE_INFINITY, range: null } as const
  checkInput(model, batch, labels, ball, 'minimal')
  checkCount('queries', queries, limits.queriesMax)
  if (!(costMax >= 0)) throw invalidOption(`costMax is ${costMax}; pass a number from 0 up`)
  checkRows(constraints, batch)
  const units = unitsOf(constraints)
  const best = bestRows(batch, labels, (origin, point) => costOf(constraints, units, origin, point))
  const watch = watchAttack(batch, ball)

  const ask = async (indices: Int32Array, points: Tensor) => {
    const own = indices.map((index) => labels[index]!)
    const { losses, said } = await look(model, points, own)
    watch.look(indices, { losses, scores: points })
    best.enter(indices, points, losses, said)
    return Array.from(said, (label, k): Reply => {
      const loss = losses[k]!
      if (label === own[k]) return Math.min(loss, -Number.MIN_VALUE)
      return Number.isNaN(loss) ? 1 : Math.max(loss, Number.MIN_VALUE)
    })
  }
  const begin = (subject: Subject) => evolve(subject, constraints, units, costMax)
  const isSettled = (index: number) => best.costs[index] === 0
  await runSearches({ batch, range: null, queries, random, begin, ask, isSettled }, task)

  const { adversarial, isAdversarial, answered, costs } = best
  const health = watch.evidence(adversarial, isAdversarial)
  const found = costs.map((cost) => (Number.isFinite(cost) ? cost : 0))
  return {
    adversarial,
    isAdversarial,
    labels: answered,
    costs: found,
    queries: watch.queries(),
    health,
  }
}

function* evolve(
  { origin, random }: Subject,
  constraints: Constraints,
  units: readonly Unit[],
  costMax: number,
): Search<Reply> {
  const [first = 0] = yield [origin]
  if (units.length === 0) return
  const moves = movesOf(constraints, units, origin, random)
  const cost = (point: Float32Array) => costOf(constraints, units, origin, point)
  const way = { origin, random, units, moves, cost }
  // What is left of the queries looks for a cheaper row, from the start again.
  for (let limit = costMax; ; ) {
    const found = yield* goAstray(way, first, limit)
    const near = yield* comeBack(found, way)
    limit = Math.min(costMax, cost(near) * cheaper)
  }
}

/** A row within the limit on which the model errs: moves from the best row so far, longer ones the longer nothing helps. */
function* goAstray({ origin, random, moves, cost }: Way, first: number, limit: number): RowSearch {
  let x = origin
  let margin = first
  for (let stalled = 0; margin <= 0; stalled++) {
    const decisions = Math.min(decisionsMax, 1 + (stalled >> 1))
    const drawn = Array.from({ length: rowsPerRound }, (_, k) =>
      moves.from(stalled > 0 && k % 2 === 1 ? origin : x, 1 + Math.floor(random() * decisions)),
    )
    const affordable = drawn.filter((point) => cost(point) <= limit)
    // Where nothing drawn is affordable the round still has to end: the origin stands for it.
    const asked = affordable.length > 0 ? affordable : [origin]
    const margins = yield asked
    for (const [k, point] of asked.entries()) {
      if (!(margins[k]! > margin)) continue
      margin = margins[k]!
      x = point
      stalled = -1
    }
    if (stalled > stallsMax) {
      x = origin
      margin = first
      stalled = 0
    }
  }
  return x
}

interface Way {
  readonly origin: Float32Array
  readonly random: Random
  readonly units: readonly Unit[]
  readonly moves: ReturnType<typeof movesOf>
  readonly cost: (point: Float32Array) => number
}

/** Takes decisions back, in a new random order each time, until no one can be taken back any farther. */
function* comeBack(start: Float32Array, { origin, random, units, moves, cost }: Way): RowSearch {
  let x = start
  for (;;) {
    const before = cost(x)
    for (const u of permutation(units.length, random)) {
      const unit = units[u]!
      if (!isChanged(unit, x, origin)) continue
      let share = 1
      let kept = 0
      for (let halving = 0; halving <= halvings; halving++) {
        const point = moves.back(x, unit, share)
        const [margin = 0] = cost(point) < cost(x) ? yield [point] : [0]
        if (margin > 0) {
          x = point
          if (share === 1 || unit.kind === 'group') break
          kept += 1
        } else if (unit.kind === 'group') break
        else share /= 2
        if (kept > halvings) break
      }
    }
    if (!(cost(x) < before)) return x
  }
}

/** The margins and labels of points; by labels alone the margin is 1 where the model errs and -1 where it does not. */
async function look(model: LabelAccess | ScoreAccess, points: Tensor, labels: Int32Array) {
  if ('scores' in model) {
    const { losses, scores } = marginAnswer(await model.scores(points), labels)
    return { losses, said: argmaxRows(scores) }
  }
  const said = await model.labels(points)
  const losses = Float32Array.from(said, (label, k) => {
    if (label === -1) return Number.NaN
    return label === labels[k] ? -1 : 1
  })
  return { losses, said }
}

/** The cheapest row that the model errs on and, where there is none, the one that came nearest to an error. */
function bestRows(
  batch: Tensor,
  labels: Int32Array,
  costOfRow: (origin: Float32Array, point: Float32Array) => number,
) {
  const adversarial = tensor(batch.shape, batch.data.slice())
  const costs = new Float64Array(rows(batch)).fill(Number.POSITIVE_INFINITY)
  const losses = new Float64Array(rows(batch)).fill(Number.NEGATIVE_INFINITY)
  const answered = labels.slice()
  const isAdversarial = new Array<boolean>(rows(batch)).fill(false)
  return {
    adversarial,
    costs,
    answered,
    isAdversarial,
    enter(indices: Int32Array, points: Tensor, found: Float32Array, said: Int32Array): void {
      for (const [k, i] of indices.entries()) {
        const errs = said[k] !== labels[i]
        const cost = costOfRow(row(batch, i), row(points, k))
        const isBetter = errs ? cost < costs[i]! : !isAdversarial[i] && found[k]! > losses[i]!
        if (!isBetter) continue
        if (errs) costs[i] = cost
        isAdversarial[i] = errs
        losses[i] = found[k]!
        answered[i] = said[k]!
        row(adversarial, i).set(row(points, k))
      }
    },
  }
}
