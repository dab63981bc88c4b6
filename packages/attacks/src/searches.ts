import { type Random, seededRandom, type Task } from '@merlon/core'
import { row, rows, stack, type Tensor } from '@merlon/tensor'
import type { InputRange } from './attack.ts'
import { limits } from './limits.ts'

/**
 * The search for one sample's adversarial point, as its paper writes it: it yields the points that it asks about and is
 * sent what the model answered. It ends by returning, or is ended when its queries are spent.
 */
export type Search<Reply, Point = Float32Array> = Generator<
  readonly Point[],
  void,
  readonly Reply[]
>

/** The sample that a search is about. */
export interface Subject {
  /** The sample itself: not to be written to. */
  readonly origin: Float32Array
  /** Of one sample. */
  readonly shape: readonly number[]
  readonly range: InputRange
  /** The search's own, so that a sample's course does not depend on its companions. */
  readonly random: Random
  /** Queries that may still be spent, of all those that it was given. */
  readonly left: () => number
}

/** Searches that run side by side, whatever their points are. */
export interface Searches<Point, Reply> {
  readonly count: number
  /** The most queries on each sample. */
  readonly queries: number
  /** Begins the search of a sample; `left` says how many queries it may still spend. */
  readonly begin: (index: number, left: () => number) => Search<Reply, Point>
  /** Asks the model once; point k belongs to the sample at indices[k]. */
  readonly ask: (indices: Int32Array, points: readonly Point[]) => Promise<readonly Reply[]>
  /** True for a sample that needs no more attempts. */
  readonly isSettled: (index: number) => boolean
}

/** The same about the rows of a batch. */
export interface BatchSearches<Reply>
  extends Pick<Searches<Float32Array, Reply>, 'queries' | 'isSettled'> {
  readonly batch: Tensor
  readonly range: InputRange
  readonly random: Random
  readonly begin: (subject: Subject) => Search<Reply>
  readonly ask: (indices: Int32Array, points: Tensor) => Promise<readonly Reply[]>
}

/** Runs a search for each row of a batch, each with a seed of its own. */
export function runSearches<Reply>(searches: BatchSearches<Reply>, task: Task): Promise<void> {
  const { batch, range, queries, random, isSettled } = searches
  const shape = batch.shape.slice(1)
  return runSideBySide(
    {
      count: rows(batch),
      queries,
      isSettled,
      begin(index, left) {
        const own = seededRandom(random() * 2 ** 32)
        return searches.begin({ origin: row(batch, index), shape, range, random: own, left })
      },
      ask: (indices, points) => searches.ask(indices, stack(points, shape)),
    },
    task,
  )
}

interface Running<Point, Reply> {
  readonly index: number
  readonly search: Search<Reply, Point>
  question: readonly Point[]
}

/**
 * Runs searches side by side: each round asks the model once about the points of all samples that stand. No sample is
 * asked about more often than `queries`, whatever its search wants.
 */
export async function runSideBySide<Point extends ArrayLike<unknown>, Reply>(
  searches: Searches<Point, Reply>,
  task: Task,
): Promise<void> {
  const { count, queries, isSettled } = searches
  const spent = new Float64Array(count)
  let standing: readonly Running<Point, Reply>[] = beginAll(searches, spent)

  for (;;) {
    const next: Running<Point, Reply>[] = []
    for (const group of groupsOf(standing)) {
      task.signal.throwIfAborted()
      for (const running of group) {
        running.question = running.question.slice(0, queries - spent[running.index]!)
        spent[running.index]! += running.question.length
      }
      const replies = await askAbout(group, searches)
      for (const [k, running] of group.entries()) {
        const { index, search } = running
        const isOver = isSettled(index) || spent[index] === queries
        const turn = isOver ? search.return() : search.next(replies[k]!)
        if (!turn.done) next.push({ ...running, question: turn.value })
      }
    }
    standing = next
    if (standing.length === 0) break
    task.progress(Math.min(...standing.map(({ index }) => spent[index]!)), queries)
  }
  task.progress(queries, queries)
}

function beginAll<Point, Reply>(
  { count, queries, begin }: Searches<Point, Reply>,
  spent: Float64Array,
): Running<Point, Reply>[] {
  const running: Running<Point, Reply>[] = []
  for (let index = 0; index < count; index++) {
    const search = begin(index, () => queries - spent[index]!)
    const turn = search.next()
    if (!turn.done) running.push({ index, search, question: turn.value })
  }
  return running
}

async function askAbout<Point, Reply>(
  group: readonly Running<Point, Reply>[],
  { ask }: Searches<Point, Reply>,
): Promise<readonly (readonly Reply[])[]> {
  const points = group.flatMap(({ question }) => question)
  const owners = group.flatMap(({ index, question }) => question.map(() => index))
  const answers = await ask(Int32Array.from(owners), points)
  let start = 0
  return group.map(({ question }) => {
    start += question.length
    return answers.slice(start - question.length, start)
  })
}

/** One group, or as many as keep a call of the model within bounds. */
function* groupsOf<Point extends ArrayLike<unknown>, Reply>(
  standing: readonly Running<Point, Reply>[],
): Generator<Running<Point, Reply>[]> {
  let group: Running<Point, Reply>[] = []
  let size = 0
  for (const running of standing) {
    const own = running.question.reduce((sum, point) => sum + point.length, 0)
    if (group.length > 0 && size + own > limits.roundNumbersMax) {
      yield group
      group = []
      size = 0
    }
    group.push(running)
    size += own
  }
  if (group.length > 0) yield group
}
