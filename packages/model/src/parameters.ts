import type { Constant } from './constant.ts'
import { EngineError } from './errors.ts'
import type { Graph } from './graph.ts'

/** Inputs that are statistics, never learnt, by operator. */
const neverLearnt: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [3, 4],
  Dropout: [1, 2],
}

/** Operators whose float operands are parameters even if they hold a single number. */
const learntSingles = new Set(['Conv', 'Gemm', 'MatMul', 'BatchNormalization', 'PRelu'])

/**
 * The parameters of a graph: float32 initialisers, but no statistics. Single numbers that stand in a formula
 * (the square root of a head's width, a temperature, a bound) are learnt nowhere but have a gradient: `withSingles` counts them in.
 */
export function parametersOf(graph: Graph, withSingles = false): Map<string, Constant> {
  const held = new Set<string>()
  const learnt = new Set<string>()
  for (const { op, inputs } of graph.nodes) {
    for (const [index, name] of inputs.entries()) {
      if (neverLearnt[op]?.includes(index)) held.add(name)
      else if (learntSingles.has(op)) learnt.add(name)
    }
  }
  const parameters = new Map<string, Constant>()
  for (const [name, constant] of graph.constants) {
    const isSingle = constant.shape.every((size) => size === 1)
    if (constant.type !== 'float32' || !graph.initialisers.has(name) || held.has(name)) continue
    if (!isSingle || withSingles || learnt.has(name)) parameters.set(name, constant)
  }
  return parameters
}

/** The model has no parameter that training could change. */
export function nothingToTrain(): EngineError {
  return new EngineError(
    'NOTHING_TO_TRAIN',
    'the model holds no float32 parameters that its scores depend on; export it with its weights as initialisers',
  )
}
