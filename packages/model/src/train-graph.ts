import { type Constant, floatsOf } from './constant.ts'
import { elementTypes } from './element-type.ts'
import { backward } from './gradient/backward.ts'
import { GradientBuilder, type Value } from './gradient/gradient-builder.ts'
import { classesOf, lossPorts } from './gradient/loss-gradient-graph.ts'
import { crossEntropy } from './gradient/losses.ts'
import { type GraphPort, ownName, pruned } from './graph.ts'
import type { PreparedGraph } from './loss-gradient-session.ts'
import type { Optimizer } from './optimizer.ts'
import { nothingToTrain, parametersOf } from './parameters.ts'
import { type RuntimeFile, runtimeFileOf } from './runtime-file.ts'

/** A tensor that one step reads under `input` and gives anew under `output`. */
export interface StepState {
  readonly input: string
  readonly output: string
  readonly shape: readonly number[]
  readonly initial: Float32Array
}

/** One train step as a graph: parameters and optimiser state go in and come out. */
export interface TrainGraph {
  readonly file: RuntimeFile
  /** The parameters, under the names of their initialisers. */
  readonly parameters: readonly StepState[]
  readonly optimizerStates: readonly StepState[]
  /** Scalars of one step, such as the learning rate. */
  readonly rates: readonly string[]
  readonly loss: string
  readonly correct: string
  readonly classes: number
}

/**
 * Builds the graph of one step: forward, mean cross-entropy, gradient of every parameter, update.
 * @throws EngineError NO_GRADIENT_RULE, NOTHING_TO_TRAIN
 */
export function trainGraph(prepared: PreparedGraph, optimizer: Optimizer): TrainGraph {
  const { graph, facts, logits } = prepared
  const classes = classesOf(facts, logits)
  const parameters = parametersOf(graph)
  const g = new GradientBuilder(graph, facts, new Set(parameters.keys()))
  const { losses, gradient } = crossEntropy(g, logits, lossPorts.labels, classes)
  const rows = g.emit('Cast', [g.emit('Size', [lossPorts.labels])], { to: float32 })
  const seeds = new Map([[logits, g.emit('Div', [gradient, rows])]])
  const gradients = backward(g, new Set(parameters.keys()), seeds)
  if (gradients.size === 0) throw nothingToTrain()
  const rates = optimizer.ratesAt(1, 1).map((_, index) => ownName(`rate_${index}`))
  const states = emitUpdates(g, parameters, gradients, optimizer, rates)
  const step = {
    loss: g.emit('ReduceMean', [losses], { keepdims: 0 }),
    correct: countCorrect(g, logits),
  }
  const whole = g.finish()
  const all = [...states.parameters, ...states.optimizerStates]
  const outputs = [step.loss, step.correct, ...all.map(({ output }) => output)]
  const inputs = [
    ...graph.inputs,
    { name: lossPorts.labels, type: elementTypes.int64.code, shape: [-1] },
    ...rates.map((name) => floatPort(name, [])),
    ...all.map(({ input, shape }) => floatPort(input, shape)),
  ]
  const taken = new Set(states.parameters.map(({ input }) => input))
  const constants = new Map([...whole.constants].filter(([name]) => !taken.has(name)))
  const ports = outputs.map((name): GraphPort => ({ name, type: 0, shape: undefined }))
  const file = runtimeFileOf(pruned({ ...whole, inputs, constants }, ports))
  return { file, rates, classes, ...step, ...states }
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
