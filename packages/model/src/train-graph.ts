import { type Constant, floatsOf } from './constant.ts'
import { elementTypes } from './element-type.ts'
import { backward } from './gradient/backward.ts'
import { GradientBuilder, type Value } from './gradient/gradient-builder.ts'
import { type GradientNote, notesOf } from './gradient/gradient-note.ts'
import { classesOf, lossPorts } from './gradient/loss-gradient-graph.ts'
import { crossEntropy } from './gradient/losses.ts'
import { type GraphPort, ownName, pruned } from './graph.ts'
import type { PreparedGraph } from './loss-gradient-session.ts'
import { inBlockedLayout } from './lowering/blocked-layout.ts'
import type { Optimizer } from './optimizer.ts'
import { nothingToTrain, parametersOf } from './parameters.ts'
import { type RuntimeFile, runtimeFileOf } from './runtime-file.ts'
import { runningStatistics } from './training-mode.ts'

/** A tensor that one step reads under `input` and gives anew under `output`. */
export interface StepState {
  readonly input: string
  readonly output: string
  readonly shape: readonly number[]
  readonly initial: Float32Array
}

/** One train step as a graph: parameters, statistics and optimiser state go in and come out. */
export interface TrainGraph {
  readonly file: RuntimeFile
  /** The parameters, under the names of their initialisers. */
  readonly parameters: readonly StepState[]
  /** Running means and variances, under the names of their initialisers. */
  readonly statistics: readonly StepState[]
  readonly optimizerStates: readonly StepState[]
  /** Scalars of one step, such as the learning rate. */
  readonly rates: readonly string[]
  readonly loss: string
  readonly correct: string
  readonly classes: number
  readonly notes: readonly GradientNote[]
}

/** The input [n] that says how much each sample counts. */
export const weightsPort = ownName('weights')

/**
 * Builds the graph of one step: forward, mean cross-entropy by the samples' weights, gradient of every parameter, update.
 * @throws EngineError NO_GRADIENT_RULE, NOTHING_TO_TRAIN
 */
export function trainGraph(
  prepared: PreparedGraph,
  optimizer: Optimizer,
  straightThrough: boolean,
): TrainGraph {
  const { graph, facts, logits } = prepared
  const classes = classesOf(facts, logits)
  const parameters = parametersOf(graph)
  const g = new GradientBuilder(graph, facts, new Set(parameters.keys()), straightThrough)
  const { losses, gradient } = crossEntropy(g, logits, lossPorts.labels, classes)
  const total = g.emit('ReduceSum', [weightsPort], { keepdims: 0 })
  const shares = g.emit('Div', [weightsPort, total])
  const seed = g.emit('Mul', [gradient, g.emit('Unsqueeze', [shares, g.ints([1])])])
  const gradients = backward(g, new Set(parameters.keys()), new Map([[logits, seed]]))
  if (gradients.size === 0) throw nothingToTrain()
  const rates = ratesOf(optimizer)
  const states = emitUpdates(g, parameters, gradients, optimizer, rates)
  const step = {
    loss: g.emit('ReduceSum', [g.emit('Mul', [losses, shares])], { keepdims: 0 }),
    correct: countCorrect(g, logits),
  }
  const statistics = [...runningStatistics(graph)].flatMap(([input, output]): StepState[] => {
    const constant = graph.constants.get(input)
    return constant === undefined ? [] : [{ input, output, ...stateOf(constant) }]
  })
  const all = [...states.parameters, ...statistics, ...states.optimizerStates]
  const inputs = [
    ...graph.inputs,
    { name: lossPorts.labels, type: elementTypes.int64.code, shape: [-1] },
    floatPort(weightsPort, [-1]),
    ...rates.map((name) => floatPort(name, [])),
  ]
  const file = stepFile(g, prepared.block, inputs, [step.loss, step.correct], all)
  return { file, rates, classes, statistics, notes: notesOf(g), ...step, ...states }
}

/** The update alone, as a graph that takes the gradients. */
export interface UpdateGraph {
  readonly file: RuntimeFile
  /** Parameter to the input that takes its gradient. */
  readonly gradients: ReadonlyMap<string, string>
  readonly parameters: readonly StepState[]
  readonly optimizerStates: readonly StepState[]
}

/** Builds the update of the parameters by gradients that come from outside. */
export function updateGraph(
  { graph, facts }: PreparedGraph,
  learnt: readonly string[],
  optimizer: Optimizer,
): UpdateGraph {
  const parameters = new Map([...parametersOf(graph)].filter(([name]) => learnt.includes(name)))
  const empty = { ...graph, nodes: [], inputs: [] }
  const g = new GradientBuilder(empty, facts, new Set(parameters.keys()))
  const gradients = new Map(
    [...parameters.keys()].map((name) => [name, ownName(`gradient/${name}`)]),
  )
  const rates = ratesOf(optimizer)
  const states = emitUpdates(g, parameters, gradients, optimizer, rates)
  const inputs = [
    ...rates.map((name) => floatPort(name, [])),
    ...[...gradients].map(([name, port]) => floatPort(port, parameters.get(name)?.shape ?? [])),
  ]
  const all = [...states.parameters, ...states.optimizerStates]
  return { file: stepFile(g, undefined, inputs, [], all), gradients, ...states }
}

function ratesOf(optimizer: Optimizer): string[] {
  return optimizer.ratesAt(1, 1).map((_, index) => ownName(`rate_${index}`))
}

/** The graph for the runtime: its states are inputs and come out anew. */
function stepFile(
  g: GradientBuilder,
  block: number | undefined,
  inputs: readonly GraphPort[],
  outputs: readonly string[],
  states: readonly StepState[],
): RuntimeFile {
  const whole = g.finish()
  const held = states.map(({ input, shape }) => floatPort(input, shape))
  const taken = new Set(held.map(({ name }) => name))
  const constants = new Map([...whole.constants].filter(([name]) => !taken.has(name)))
  const ports = [...outputs, ...states.map(({ output }) => output)].map(
    (name): GraphPort => ({ name, type: 0, shape: undefined }),
  )
  const plain = pruned({ ...whole, inputs: [...inputs, ...held], constants }, ports)
  return runtimeFileOf(inBlockedLayout(plain, g.facts, block))
}

function stateOf(constant: Constant) {
  return { shape: constant.shape, initial: floatsOf(constant) }
}

const float32 = elementTypes.float32.code

/** The update of each parameter that the loss depends on. */
function emitUpdates(
  g: GradientBuilder,
  parameters: ReadonlyMap<string, Constant>,
  gradients: ReadonlyMap<string, Value>,
  optimizer: Optimizer,
  rates: readonly Value[],
): Pick<TrainGraph, 'parameters' | 'optimizerStates'> {
  const updated: StepState[] = []
  const optimizerStates: StepState[] = []
  for (const [name, gradient] of gradients) {
    const constant = parameters.get(name)
    if (constant === undefined) continue
    const { shape } = constant
    const names = Array.from({ length: optimizer.states }, (_, i) => ownName(`state_${i}/${name}`))
    const next = optimizer.update(g, name, gradient, names, rates)
    const initial = floatsOf(constant)
    updated.push({ input: name, output: next.parameter, shape, initial })
    for (const [index, output] of next.states.entries()) {
      const zeros = new Float32Array(initial.length)
      optimizerStates.push({ input: names[index] ?? '', output, shape, initial: zeros })
    }
  }
  return { parameters: updated, optimizerStates }
}

function countCorrect(g: GradientBuilder, logits: Value): Value {
  const best = g.emit('ArgMax', [logits], { axis: 1, keepdims: 0 })
  const isRight = g.emit('Equal', [best, lossPorts.labels])
  return g.emit('ReduceSum', [g.emit('Cast', [isRight], { to: float32 })], { keepdims: 0 })
}

function floatPort(name: string, shape: readonly number[]): GraphPort {
  return { name, type: float32, shape }
}
