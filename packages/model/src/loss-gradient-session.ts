import { assert } from '@merlon/core'
import { canonical } from './canonical.ts'
import type { Chunk } from './chunks.ts'
import { learnFacts } from './gradient/learn-facts.ts'
import { lossGradientGraph, lossPorts } from './gradient/loss-gradient-graph.ts'
import type { Facts } from './gradient/value-facts.ts'
import { type Graph, pruned } from './graph.ts'
import { graphBytes } from './graph-file.ts'
import type { ScoreModel } from './score-model.ts'
import { type NamedTensor, Session, type SessionOptions } from './session.ts'

/** A session over the derived graph: one run gives gradient, losses and scores. */
export interface LossGradientSession {
  run(
    chunk: Chunk,
    labels: Int32Array,
  ): Promise<Record<'gradient' | 'losses' | 'scores', NamedTensor>>
  close(): Promise<void>
}

/** A classifier's graph ready for the rules: canonical, pruned to its scores, with every shape known. */
export interface PreparedGraph {
  readonly graph: Graph
  readonly facts: Facts
  readonly scores: string
  readonly logits: string
}

/** @throws EngineError OPSET_UNSUPPORTED, MODEL_REFUSED, RUN_FAILED */
export async function prepareGraph(
  graph: Graph,
  { input, output, sampleShape, fixedBatch }: ScoreModel,
  options: SessionOptions,
): Promise<PreparedGraph> {
  const plain = pruned(canonical(graph), [output.port])
  const batches = fixedBatch === undefined ? [2, 3] : [fixedBatch]
  const feeds = batches.map((rows) => ({ [input.name]: ramp([rows, ...sampleShape]) }))
  const facts = await learnFacts(plain, feeds, options)
  return { graph: plain, facts, scores: output.port.name, logits: output.logits }
}

/** Derives and loads the gradient of the scores' cross-entropy with respect to the input. */
export async function openLossGradient(
  graph: Graph,
  model: ScoreModel,
  options: SessionOptions,
): Promise<LossGradientSession> {
  const { input } = model
  const { graph: plain, facts, scores, logits } = await prepareGraph(graph, model, options)
  const wanted = new Set([input.name])
  const derived = lossGradientGraph(plain, facts, { scores, logits, wanted })
  const gradient = derived.gradients.get(input.name)
  assert(gradient !== undefined, 'the input was wanted')
  const session = await Session.open(graphBytes(derived.graph), options)
  return {
    async run({ start, rows, batch }, labels) {
      const results = await session.run({
        [input.name]: { type: 'float32', ...batch },
        [lossPorts.labels]: labelTensor(labels.subarray(start, start + rows), batch.shape[0] ?? 0),
      })
      const { [gradient]: d, [derived.losses]: losses, [scores]: s } = results
      assert(d !== undefined && losses !== undefined && s !== undefined, 'all outputs are there')
      return { gradient: d, losses, scores: s }
    },
    close: () => session.close(),
  }
}

/** Labels as int64, filled up with the last one to the rows of a fixed batch. */
export function labelTensor(labels: Int32Array, rows: number): NamedTensor {
  const data = new BigInt64Array(rows)
  for (let i = 0; i < rows; i++) data[i] = BigInt(labels[Math.min(i, labels.length - 1)]!)
  return { type: 'int64', shape: [rows], data }
}

/** Numbers between 0 and 1 in a fixed order. */
function ramp(shape: readonly number[]): NamedTensor {
  const size = shape.reduce((product, each) => product * each, 1)
  const data = Float32Array.from({ length: size }, (_, i) => (i % 251) / 251)
  return { type: 'float32', shape, data }
}
