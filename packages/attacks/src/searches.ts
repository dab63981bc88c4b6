import { type Random, seededRandom, type Task } from '@merlon/core'
import { row, rows, stack, type Tensor } from '@merlon/tensor'
import type { InputRange } from './attack.ts'
import { limits } from './limits.ts'

/**
 * The search for one sample's adversarial point, as its paper writes it: it yields the points that it asks about and is
 * sent what the model answered. It ends by returning, or is ended when its queries are spent.
 */
export type Search<Reply> = Generator<readonly Float32Array[], void, readonly Reply[]>

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

export interface Searches<Reply> {
  readonly batch: Tensor
  readonly range: InputRange
  /** The most queries on each sample. */
  readonly queries: number
  readonly random: Random
  readonly begin: (subject: Subject) => Search<Reply>
  /** Asks the model once; point k belongs to the sample at indices[k]. */
  readonly ask: (indices: Int32Array, points: Tensor) => Promise<readonly Reply[]>
  /** True for a sample that needs no more attempts. */
  readonly isSettled: (index: number) => boolean
}

interface Running<Reply> {
  readonly index: number
  readonly search: Search<Reply>
  question: readonly Float32Array[]
}

/**
 * Runs the searches of a batch side by side: each round asks the model once about the points of all samples that stand.
 * No sample is asked about more often than `queries`, whatever its search wants.
 */
export async function runSearches<Reply>(searches: Searches<Reply>, task: Task): Promise<void> {
  const { batch, queries, isSettled } = searches
  const spent = new Float64Array(rows(batch))
  let standing: readonly Running<Reply>[] = beginAll(searches, spent)

  for (;;) {
    const next: Running<Reply>[] = []
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

function beginAll<Reply>(searches: Searches<Reply>, spent: Float64Array): Running<Reply>[] {
  const { batch, range, queries, random, begin } = searches
  const running: Running<Reply>[] = []
  for (let index = 0; index < rows(batch); index++) {
    const search = begin({
      origin: row(batch, index),
      shape: batch.shape.slice(1),
      range,
      random: seededRandom(random() * 2 ** 32),
      left: () => queries - spent[index]!,
    })
    const turn = search.next()
    if (!turn.done) running.push({ index, search, question: turn.value })
  }
  return running
}

async function askAbout<Reply>(
  group: readonly Running<Reply>[],
  { batch, ask }: Searches<Reply>,
): Promise<readonly (readonly Reply[])[]> {
  const points = group.flatMap(({ question }) => question)
  const owners = group.flatMap(({ index, question }) => question.map(() => index))
  const answers = await ask(Int32Array.from(owners), stack(points, batch.shape.slice(1)))
  let start = 0
  return group.map(({ question }) => {
    start += question.length
    return answers.slice(start - question.length, start)
  })
}

/** One group, or as many as keep a call of the model within bounds. */
function* groupsOf<Reply>(standing: readonly Running<Reply>[]): Generator<Running<Reply>[]> {
  let group: Running<Reply>[] = []
  let numbers = 0
  for (const running of standing) {
    const size = running.question.reduce((sum, point) => sum + point.length, 0)
    if (group.length > 0 && numbers + size > limits.roundNumbersMax) {
      yield group
      group = []
      numbers = 0
    }
    group.push(running)
    numbers += size
  }
  if (group.length > 0) yield group
}
