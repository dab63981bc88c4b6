import { assert } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { intAttribute } from './attributes.ts'
import { type Chunk, checkedRows, checkLabels, chunksOf } from './chunks.ts'
import { elementTypes } from './element-type.ts'
import { EngineError, quoted } from './errors.ts'
import { backward } from './gradient/backward.ts'
import { GradientBuilder } from './gradient/gradient-builder.ts'
import { classesOf, lossGradientGraph, lossPorts } from './gradient/loss-gradient-graph.ts'
import { crossEntropy } from './gradient/losses.ts'
import { type ParameterUse, perExampleSquares } from './gradient/per-example-squares.ts'
import { type Graph, type GraphPort, pruned } from './graph.ts'
import { graphBytes, graphOf } from './graph-file.ts'
import { limits } from './limits.ts'
import { labelTensor, type PreparedGraph, prepareGraph } from './loss-gradient-session.ts'
import { readModel } from './model-file.ts'
import { nothingToTrain, parametersOf } from './parameters.ts'
import { inputTensor, learnableModelOf, type ScoreModel } from './score-model.ts'
import { type NamedTensor, Session, type SessionOptions } from './session.ts'

/** Each sample's squared norm, added to what is there. */
type AddSquares = (chunk: Chunk, labels: Int32Array, squares: Float64Array) => Promise<void>

/**
 * [n]: the norm of each sample's own gradient, of its cross-entropy with respect to all parameters together. Products,
 * convolutions and biases take a formula that never makes those gradients; for other parameters, and for those
 * that are read in several places, samples run one by one.
 * @throws EngineError as `parameterGradients`; UNSUPPORTED_SIGNATURE if the file fixes a batch of several samples
 */
export async function perExampleGradientNorms(
  bytes: Uint8Array,
  batch: Tensor,
  labels: Int32Array,
  options: { readonly name?: string; readonly threads?: number } = {},
): Promise<Float32Array> {
  const session = { name: options.name ?? 'the model', threads: options.threads }
  const graph = graphOf(readModel(bytes, session.name))
  const model = learnableModelOf(graph, batch.shape.slice(1))
  if (model.fixedBatch !== undefined && model.fixedBatch > 1) {
    throw new EngineError(
      'UNSUPPORTED_SIGNATURE',
      `the model takes exactly ${model.fixedBatch} samples at a time, so that none runs alone; export it with a free batch size`,
    )
  }
  const prepared = await prepareGraph(graph, model, session)
  refuseMixing(prepared.graph)
  const rows = checkedRows(batch, model.sampleShape)
  checkLabels(labels, rows, classesOf(prepared.facts, prepared.logits))
  const { formulas, others } = split(prepared, model)
  if (formulas.length + others.size === 0) throw nothingToTrain()
  const squares = new Float64Array(rows)
  if (formulas.length > 0) {
    await withFormulas(prepared, model, formulas, session, async (add) => {
      const rowsMax = limits.gradientChunkRowsMax
      for (const chunk of chunksOf(batch, model.sampleShape, rowsMax, model.fixedBatch)) {
        await add(chunk, labels, squares)
      }
    })
  }
  if (others.size > 0) {
    await oneByOne(prepared, model, others, session, async (add) => {
      for (const chunk of chunksOf(batch, model.sampleShape, 1)) await add(chunk, labels, squares)
    })
  }
  return Float32Array.from(squares, Math.sqrt)
}

/** Where statistics of the batch are taken, no sample has a gradient of its own. */
function refuseMixing({ nodes }: Graph): void {
  const node = nodes.find(
    (each) => each.op === 'BatchNormalization' && intAttribute(each, 'training_mode', 0) === 1,
  )
  if (node === undefined) return
  throw new EngineError(
    'NO_GRADIENT_RULE',
    `'BatchNormalization' (node ${quoted(node.name)}) mixes samples in training mode, so that none has a gradient of its own; use group normalisation`,
  )
}

/** The parameters that a formula covers, by their only use, and the others. */
function split(prepared: PreparedGraph, { input }: ScoreModel) {
  const { graph, facts } = prepared
  const g = new GradientBuilder(graph, facts)
  const batch = facts.get(input.name)?.shape[0]
  const formulas: ParameterUse[] = []
  const others = new Set<string>()
  const uses = usesOf(graph)
  for (const name of parametersOf(graph).keys()) {
    const [use, ...more] = uses.get(name) ?? []
    const isCovered =
      use !== undefined &&
      more.length === 0 &&
      typeof batch === 'string' &&
      perExampleSquares(g, use, batch) !== undefined
    if (isCovered) formulas.push(use)
    else others.add(name)
  }
  return { formulas, others }
}

function usesOf({ nodes }: Graph): Map<string, ParameterUse[]> {
  const uses = new Map<string, ParameterUse[]>()
  for (const node of nodes) {
    for (const [index, name] of node.inputs.entries()) {
      uses.set(name, [...(uses.get(name) ?? []), { node, index }])
    }
  }
  return uses
}

/** One run gives the squared norms of many samples. */
async function withFormulas(
  { graph, facts, logits }: PreparedGraph,
  model: ScoreModel,
  uses: readonly ParameterUse[],
  options: SessionOptions,
  work: (add: AddSquares) => Promise<void>,
): Promise<void> {
  const batch = facts.get(model.input.name)?.shape[0] ?? 0
  const g = new GradientBuilder(graph, facts)
  const { gradient } = crossEntropy(g, logits, lossPorts.labels, classesOf(facts, logits))
  const values = new Set(uses.map(({ node }) => node.outputs[0] ?? ''))
  const gradients = backward(g, values, new Map([[logits, gradient]]))
  const parts = uses.flatMap((use) => {
    const dy = gradients.get(use.node.outputs[0] ?? '')
    const squares = perExampleSquares(g, use, batch)
    return dy === undefined || squares === undefined ? [] : [squares(dy)]
  })
  if (parts.length === 0) return
  const sum = parts.reduce((total, part) => g.emit('Add', [total, part]))
  const ports: GraphPort[] = [{ name: sum, type: 0, shape: undefined }]
  const labels = { name: lossPorts.labels, type: elementTypes.int64.code, shape: [-1] }
  const whole = { ...g.finish(), inputs: [...graph.inputs, labels] }
  await running(pruned(whole, ports), model, options, (run) =>
    work(async (chunk, all, squares) => {
      const { [sum]: result } = await run(chunk, all)
      assert(result?.data instanceof Float32Array, 'a norm is float32')
      for (let row = 0; row < chunk.rows; row++) squares[chunk.start + row]! += result.data[row]!
    }),
  )
}

/** One run gives the gradients of one sample. */
async function oneByOne(
  prepared: PreparedGraph,
  model: ScoreModel,
  wanted: ReadonlySet<string>,
  options: SessionOptions,
  work: (add: AddSquares) => Promise<void>,
): Promise<void> {
  const derived = lossGradientGraph(prepared.graph, prepared.facts, { ...prepared, wanted })
  await running(derived.graph, model, options, (run) =>
    work(async (chunk, all, squares) => {
      const results = await run(chunk, all)
      for (const value of derived.gradients.values()) {
        const data = results[value]?.data
        assert(data instanceof Float32Array, 'a gradient is float32')
        for (const each of data) squares[chunk.start]! += each * each
      }
    }),
  )
}

type Run = (chunk: Chunk, labels: Int32Array) => Promise<Record<string, NamedTensor>>

async function running(
  graph: Graph,
  model: ScoreModel,
  options: SessionOptions,
  work: (run: Run) => Promise<void>,
): Promise<void> {
  const session = await Session.open(graphBytes(graph), options)
  try {
    await work(({ start, rows, batch }, labels) =>
      session.run({
        [model.input.name]: inputTensor(model, batch),
        [lossPorts.labels]: labelTensor(labels.subarray(start, start + rows), rows),
      }),
    )
  } finally {
    await session.close()
  }
}
