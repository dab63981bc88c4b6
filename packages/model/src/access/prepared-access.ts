import { assert } from '@merlon/core'
import { sizeOf, type Tensor } from '@merlon/tensor'
import type { GradientAccess, LabelAccess, LossGradient, ScoreAccess } from '../access.ts'
import { canonical } from '../canonical.ts'
import { chunksOf } from '../chunks.ts'
import { elementTypes } from '../element-type.ts'
import { backward } from '../gradient/backward.ts'
import { GradientBuilder } from '../gradient/gradient-builder.ts'
import { learnFacts } from '../gradient/learn-facts.ts'
import { type Graph, ownName, pruned } from '../graph.ts'
import { limits } from '../limits.ts'
import { runtimeFileOf } from '../runtime-file.ts'
import { Session } from '../session.ts'
import type { Preprocessing } from './preprocessing.ts'
import { preprocessingNodes } from './preprocessing-nodes.ts'
import { type PreprocessingPlan, planOf } from './preprocessing-plan.ts'

/** An access behind its preprocessing, and the way to free what prepares the samples. */
export interface Prepared<Access extends LabelAccess> {
  readonly model: Access
  close(): Promise<void>
}

/**
 * Puts preprocessing in front of a model that is no file: an endpoint, an ensemble. What was given is asked for prepared
 * samples; a gradient comes back through the steps exactly, in the samples' own units.
 * @throws EngineError PREPROCESSING_INVALID
 */
export async function openPrepared<Access extends LabelAccess | ScoreAccess | GradientAccess>(
  model: Access,
  steps: Preprocessing,
): Promise<Prepared<Access>> {
  const plan = planOf(steps, model.inputShape)
  const graph = graphOfSteps(plan)
  const options = { name: 'preprocessing', threads: 1 }
  const [forward, back] = await Promise.all([
    Session.open(runtimeFileOf(graph), options),
    'lossGradient' in model ? transposed(graph, plan) : undefined,
  ])
  const prepare = (batch: Tensor) => apply(forward, 'y', [['x', batch, plan.from]], plan.to)
  const faces: GradientAccess = {
    inputShape: plan.from,
    classes: model.classes,
    labels: async (batch) => model.labels(await prepare(batch)),
    async scores(batch) {
      assert('scores' in model, 'only what the model gives is handed on')
      return model.scores(await prepare(batch))
    },
    async lossGradient(batch, labels, asked): Promise<LossGradient> {
      assert(
        'lossGradient' in model && back !== undefined,
        'only what the model gives is handed on',
      )
      const answer = await model.lossGradient(await prepare(batch), labels, asked)
      const feeds = [
        ['x', batch, plan.from],
        [seed, answer.gradient, plan.to],
      ] as const
      return { ...answer, gradient: await apply(back.session, back.gradient, feeds, plan.from) }
    },
  }
  const { inputShape, classes, labels } = faces
  const given = {
    inputShape,
    classes,
    labels,
    ...('scores' in model ? { scores: faces.scores } : {}),
    ...('lossGradient' in model ? { lossGradient: faces.lossGradient } : {}),
  }
  return {
    // It has exactly the methods that the model has.
    model: given as unknown as Access,
    close: async () => {
      await forward.close()
      await back?.session.close()
    },
  }
}

const seed = ownName('seed')

/** The steps alone, from x to y. */
function graphOfSteps(plan: PreprocessingPlan): Graph {
  const type = elementTypes.float32.code
  const isNone = preprocessingNodes(plan, { input: 'x', output: 'y', prefix: 'p' }).length === 0
  return {
    opset: 17,
    irVersion: 8,
    domains: new Map(),
    functions: [],
    inputs: [{ name: 'x', type, shape: [-1, ...plan.from] }],
    outputs: [{ name: 'y', type, shape: [-1, ...plan.to] }],
    nodes: isNone
      ? [{ name: 'y', op: 'Identity', domain: '', inputs: ['x'], outputs: ['y'], attributes: [] }]
      : preprocessingNodes(plan, { input: 'x', output: 'y', prefix: 'p' }),
    constants: new Map(),
    initialisers: new Set(),
  }
}

/** The vector-Jacobian product of the steps: linear, so that it needs no samples. */
async function transposed(graph: Graph, plan: PreprocessingPlan) {
  const plain = canonical(graph)
  const feeds = [2, 3].map((rows) => {
    const shape = [rows, ...plan.from]
    return { x: { type: 'float32', shape, data: new Float32Array(sizeOf(shape)) } }
  })
  const options = { name: 'preprocessing', threads: 1 }
  const facts = await learnFacts(plain, feeds, options)
  const g = new GradientBuilder(plain, facts)
  const gradient = backward(g, new Set(['x']), new Map([['y', seed]])).get('x')
  assert(gradient !== undefined, 'the samples are on the way')
  const whole = g.finish()
  const inputs = [...whole.inputs, { name: seed, type: 1, shape: [-1, ...plan.to] }]
  const outputs = [{ name: gradient, type: 0, shape: undefined }]
  const derived = pruned({ ...whole, inputs }, outputs)
  const session = await Session.open(runtimeFileOf(derived), options)
  return { session, gradient }
}

type Feed = readonly [name: string, batch: Tensor, sampleShape: readonly number[]]

/** Runs rows through a session, a bounded part of them at a time. */
async function apply(
  session: Session,
  output: string,
  feeds: readonly Feed[],
  to: readonly number[],
): Promise<Tensor> {
  const rows = feeds[0]?.[1].shape[0] ?? 0
  const result = new Float32Array(rows * sizeOf(to))
  const parts = feeds.map(([name, batch, shape]) => ({
    name,
    chunks: [...chunksOf(batch, shape, rowsAtOnce(feeds, to))],
  }))
  for (const [at, { start }] of parts[0]!.chunks.entries()) {
    const named = parts.map(({ name, chunks }) => {
      return [name, { type: 'float32', ...chunks[at]!.batch }] as const
    })
    const { [output]: answer } = await session.run(Object.fromEntries(named), [output])
    assert(answer?.data instanceof Float32Array, 'the steps are float32')
    result.set(answer.data, start * sizeOf(to))
  }
  return { shape: [rows, ...to], data: result }
}

/** So few that the largest side of the steps stays within what one run may take. */
function rowsAtOnce(feeds: readonly Feed[], to: readonly number[]): number {
  const widest = Math.max(sizeOf(to), ...feeds.map(([, , shape]) => sizeOf(shape)))
  return Math.max(1, Math.floor(limits.chunkNumbersMax / widest))
}
