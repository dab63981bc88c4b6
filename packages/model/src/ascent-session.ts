import { assert } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import type { SignAscent, SignStep } from './access.ts'
import { ascentGraph, ascentPorts, stepPorts } from './ascent-graph.ts'
import { chunksOf } from './chunks.ts'
import type { GradientNote } from './gradient/gradient-note.ts'
import { lossGradientGraph, lossPorts } from './gradient/loss-gradient-graph.ts'
import { limits } from './limits.ts'
import { labelTensor, type PreparedGraph } from './loss-gradient-session.ts'
import { inBlockedLayout } from './lowering/blocked-layout.ts'
import { joined, rowsOf } from './result-rows.ts'
import { runtimeFileOf } from './runtime-file.ts'
import type { ScoreModel } from './score-model.ts'
import { type NamedTensor, Session, type SessionOptions } from './session.ts'

/** A session over the gradient of cross-entropy with a step behind it. */
export interface AscentSession {
  run(batch: Tensor, labels: Int32Array, step: SignStep): Promise<SignAscent>
  close(): Promise<void>
  /** What in the gradient is an estimate. */
  readonly notes: readonly GradientNote[]
}

/** Derives and loads the gradient and the step. */
export async function openAscent(
  { graph, facts, scores, logits, block }: PreparedGraph,
  { input, sampleShape, fixedBatch }: ScoreModel,
  { classes, straightThrough }: { readonly classes: number; readonly straightThrough: boolean },
  options: SessionOptions,
): Promise<AscentSession> {
  const wanted = new Set([input.name])
  const derived = lossGradientGraph(graph, facts, { scores, logits, wanted, straightThrough })
  const gradient = derived.gradients.get(input.name)
  assert(gradient !== undefined, 'the input was wanted')
  const whole = ascentGraph(derived.graph, derived.facts, input.name, gradient)
  const session = await Session.open(
    runtimeFileOf(inBlockedLayout(whole, derived.facts, block)),
    options,
  )
  const inChunks = (tensor: Tensor) =>
    chunksOf(tensor, sampleShape, limits.gradientChunkRowsMax, fixedBatch)

  return {
    async run(batch, labels, { size, low, high, range: [floor, ceiling] }) {
      const rows = labels.length
      const width = batch.data.length / Math.max(1, rows)
      const parts: Record<'point' | 'losses' | 'slopes' | 'clipped' | 'scores', Float32Array[]> = {
        point: [],
        losses: [],
        slopes: [],
        clipped: [],
        scores: [],
      }
      const bounds = [inChunks(low), inChunks(high)]
      for (const { start, rows: real, batch: x } of inChunks(batch)) {
        const [least, most] = bounds.map((chunks) => chunks.next().value?.batch)
        assert(least !== undefined && most !== undefined, 'the bounds have the shape of the batch')
        const results = await session.run({
          [input.name]: floats(x),
          [lossPorts.labels]: labelTensor(labels.subarray(start, start + real), x.shape[0] ?? 0),
          [stepPorts.low]: floats(least),
          [stepPorts.high]: floats(most),
          [stepPorts.size]: scalar(size),
          [stepPorts.floor]: scalar(floor),
          [stepPorts.ceiling]: scalar(ceiling),
        })
        const of = (name: string, each: number) => rowsOf(results[name], real, each)
        parts.point.push(of(ascentPorts.point, width))
        parts.losses.push(of(derived.losses, 1))
        parts.slopes.push(of(ascentPorts.slopes, 1))
        parts.clipped.push(of(ascentPorts.clipped, 1))
        parts.scores.push(of(scores, classes))
      }
      return {
        point: { shape: batch.shape, data: joined(parts.point) },
        losses: joined(parts.losses),
        slopes: joined(parts.slopes),
        clipped: Int32Array.from(joined(parts.clipped)),
        scores: { shape: [rows, classes], data: joined(parts.scores) },
      }
    },
    close: () => session.close(),
    notes: derived.notes,
  }
}

function floats({ shape, data }: Tensor): NamedTensor {
  return { type: 'float32', shape, data }
}

function scalar(value: number): NamedTensor {
  return { type: 'float32', shape: [], data: Float32Array.of(value) }
}
