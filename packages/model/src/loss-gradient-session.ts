import { assert } from '@merlon/core'
import { sizeOf } from '@merlon/tensor'
import { canonical } from './canonical.ts'
import type { Chunk } from './chunks.ts'
import { withoutCeilMode } from './decompose/ceil-mode.ts'
import { decomposed } from './decompose/decomposed.ts'
import { refuseLists, withoutLists } from './decompose/lists.ts'
import { elementTypes } from './element-type.ts'
import { EngineError } from './errors.ts'
import { foldShapes } from './fold-shapes.ts'
import type { GradientNote } from './gradient/gradient-note.ts'
import { learnFacts } from './gradient/learn-facts.ts'
import { lossGradientGraph, lossPorts } from './gradient/loss-gradient-graph.ts'
import type { LossName } from './gradient/losses.ts'
import type { Facts } from './gradient/value-facts.ts'
import { type Graph, pruned } from './graph.ts'
import { limits } from './limits.ts'
import { inBlockedLayout } from './lowering/blocked-layout.ts'
import { channelBlock } from './lowering/channel-block.ts'
import { poolFirst } from './lowering/pool-first.ts'
import { runtimeFileOf } from './runtime-file.ts'
import { inputTensor, type ScoreModel } from './score-model.ts'
import { type NamedTensor, Session, type SessionOptions } from './session.ts'

/** A session over the derived graph: one run gives gradient, losses and scores. `targets` for targeted losses only. */
export interface LossGradientSession {
  run(
    chunk: Chunk,
    labels: Int32Array,
    targets?: Int32Array,
  ): Promise<Record<'gradient' | 'losses' | 'scores', NamedTensor>>
  close(): Promise<void>
  /** What in the gradient is an estimate. */
  readonly notes: readonly GradientNote[]
  /** Rows of one run. */
  readonly rowsMax: number
  /** The only count of samples of a run, if the file or its numbers fix it. */
  readonly fixedBatch: number | undefined
}

/** A classifier's graph ready for the rules: canonical, pruned to its scores, with every shape known. */
export interface PreparedGraph {
  readonly graph: Graph
  readonly facts: Facts
  readonly scores: string
  readonly logits: string
  /** Channels in a block of the runtime's blocked layout, where it may be used. */
  readonly block: number | undefined
  /** Rows of one run. */
  readonly rowsMax: number
  /** The only count of samples of a run, if the file or its numbers fix it. */
  readonly fixedBatch: number | undefined
}

/**
 * `changed` may alter the canonical graph before anything is learnt of it. A file may promise a free batch and hold numbers of
 * the one that it was traced with: then it is taken for one of exactly `rows` samples, where those are stated.
 * @throws EngineError OPSET_UNSUPPORTED, MODEL_REFUSED, RUN_FAILED
 */
export async function prepareGraph(
  graph: Graph,
  model: ScoreModel,
  options: SessionOptions,
  changed: (graph: Graph) => Graph = (same) => same,
  rows?: number,
): Promise<PreparedGraph> {
  const { input, output, sampleShape, fixedBatch } = model
  const plain = pruned(changed(canonical(graph)), [output.port])
  const learnt = async (batches: readonly number[]) => {
    const feeds = batches.map((each) => ({ [input.name]: ramp(model, [each, ...sampleShape]) }))
    const facts = await learnFacts(plain, feeds, options)
    return poolFirst(await inPlainOperators({ graph: plain, facts }, feeds, options))
  }
  let batch = fixedBatch
  const whole = await learnt(batch === undefined ? [2, 3] : [batch]).catch((error) => {
    const isTraced = error instanceof EngineError && error.code === 'RUN_FAILED'
    if (!isTraced || batch !== undefined || rows === undefined || rows < 1) throw error
    batch = Math.min(rows, limits.gradientChunkRowsMax)
    return learnt([batch])
  })
  const block = await channelBlock()
  const rowsMax = rowsOfRun(whole)
  const { logits } = output
  return { ...whole, scores: output.port.name, logits, block, rowsMax, fixedBatch: batch }
}

/** An unrolled graph holds every value to the end, and as many and more on the way back. */
function rowsOfRun({ graph, facts }: { readonly graph: Graph; readonly facts: Facts }): number {
  if (graph.isUnrolled !== true) return limits.gradientChunkRowsMax
  const numbers = graph.nodes
    .flatMap(({ outputs }) => outputs)
    .map((name) => sizeOf(facts.get(name)?.shape.filter((size) => typeof size === 'number') ?? []))
  const forward = numbers.reduce((sum, each) => sum + each, 0)
  const rows = Math.floor(limits.unrolledNumbersMax / (4 * forward))
  return Math.min(Math.max(1, rows), limits.gradientChunkRowsMax)
}

/** Operators may hide others that have no rule themselves (a Loop around an LSTM), so this goes on until nothing changes. */
async function inPlainOperators(
  start: { readonly graph: Graph; readonly facts: Facts },
  feeds: readonly Readonly<Record<string, NamedTensor>>[],
  options: SessionOptions,
): Promise<{ readonly graph: Graph; readonly facts: Facts }> {
  let { graph, facts } = start
  const fitted = withoutCeilMode(graph, facts)
  if (fitted !== graph) {
    graph = fitted
    facts = await learnFacts(graph, feeds, options)
  }
  for (let round = 0; round < limits.graphNestingMax; round++) {
    graph = foldShapes(graph, facts)
    const written = decomposed(withoutLists(graph, facts), facts)
    if (written === graph) break
    graph = pruned(written)
    facts = await learnFacts(graph, feeds, options)
  }
  refuseLists(graph)
  return { graph, facts }
}

/** Derives and loads the gradient of a loss of the scores with respect to the input. */
export async function openLossGradient(
  { graph, facts, scores, logits, block, rowsMax, fixedBatch }: PreparedGraph,
  { input }: ScoreModel,
  { loss, straightThrough }: { readonly loss: LossName; readonly straightThrough: boolean },
  options: SessionOptions,
): Promise<LossGradientSession> {
  const wanted = new Set([input.name])
  const derived = lossGradientGraph(graph, facts, {
    scores,
    logits,
    wanted,
    loss,
    straightThrough,
  })
  const gradient = derived.gradients.get(input.name)
  assert(gradient !== undefined, 'the input was wanted')
  const fast = inBlockedLayout(derived.graph, derived.facts, block)
  const session = await Session.open(runtimeFileOf(fast), options)
  return {
    async run({ start, rows, batch }, labels, targets) {
      const part = (classes: Int32Array) =>
        labelTensor(classes.subarray(start, start + rows), batch.shape[0] ?? 0)
      const results = await session.run({
        [input.name]: { type: 'float32', ...batch },
        [lossPorts.labels]: part(labels),
        ...(targets === undefined ? {} : { [lossPorts.targets]: part(targets) }),
      })
      const { [gradient]: d, [derived.losses]: losses, [scores]: s } = results
      assert(d !== undefined && losses !== undefined && s !== undefined, 'all outputs are there')
      return { gradient: d, losses, scores: s }
    },
    close: () => session.close(),
    notes: derived.notes,
    rowsMax,
    fixedBatch,
  }
}

/** Labels as int64, filled up with the last one to the rows of a fixed batch. */
export function labelTensor(labels: Int32Array, rows: number): NamedTensor {
  const data = new BigInt64Array(rows)
  for (let i = 0; i < rows; i++) data[i] = BigInt(labels[Math.min(i, labels.length - 1)]!)
  return { type: 'int64', shape: [rows], data }
}

/** Numbers between 0 and 1 in a fixed order; the token 0, which every vocabulary has, where whole numbers are taken. */
function ramp(model: ScoreModel, shape: readonly number[]): NamedTensor {
  const step = model.input.type === elementTypes.float32.code ? 1 / 251 : 0
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i % 251) * step)
  return inputTensor(model, { shape, data })
}
