import type { Tensor } from '@merlon/tensor'
import { elementTypeOf } from './element-type.ts'
import { EngineError, quoted } from './errors.ts'
import type { Graph, GraphPort } from './graph.ts'
import { limits } from './limits.ts'
import { type ScoreOutput, scoreOutputOf } from './score-output.ts'
import type { NamedTensor } from './session.ts'

/** A graph read as a classifier: one input [batch, ...sample], one output [batch, classes]. */
export interface ScoreModel {
  readonly input: GraphPort
  readonly sampleShape: readonly number[]
  readonly output: ScoreOutput
  /** The only count of samples that the graph takes in one run, if the file fixes it. */
  readonly fixedBatch: number | undefined
}

/**
 * Reads a graph as a classifier of float32 samples.
 * @throws EngineError UNSUPPORTED_SIGNATURE if it is not one; the message says in what way
 */
export function scoreModelOf(graph: Graph): ScoreModel {
  const [input, ...others] = graph.inputs
  const type = elementTypeOf(input?.type)
  if (input !== undefined && others.length === 0 && type !== 'float32') {
    throw unsupported(
      `takes ${type ?? 'no tensor'} as ${quoted(input.name)} where float32 is needed`,
    )
  }
  return learnableModelOf(graph)
}

/**
 * Reads a graph as a classifier whose parameters have a gradient: its samples may also be whole numbers, such as tokens.
 * `shown` is a sample's shape, for what the file leaves open.
 * @throws EngineError UNSUPPORTED_SIGNATURE
 */
export function learnableModelOf(graph: Graph, shown: readonly number[] = []): ScoreModel {
  const [input, ...others] = graph.inputs
  if (input === undefined || others.length > 0) {
    throw unsupported(
      `takes ${graph.inputs.length} inputs where one is needed; export it with one float32 input that holds all features`,
    )
  }
  const type = elementTypeOf(input.type)
  if (type !== 'float32' && type !== 'int64' && type !== 'int32') {
    throw unsupported(
      `takes ${type ?? 'no tensor'} as ${quoted(input.name)} where float32, int64 or int32 is needed`,
    )
  }
  const [batch, ...stated] = input.shape ?? []
  const sampleShape = stated.map((size, axis) => (size < 0 ? (shown[axis] ?? size) : size))
  if (batch === undefined || sampleShape.length === 0 || batch === 0) {
    throw unsupported(`does not say that ${quoted(input.name)} is a batch of samples`)
  }
  if (sampleShape.some((size) => size < 1)) {
    throw unsupported(
      `leaves the sample shape of ${quoted(input.name)} open ([${sampleShape.map((size) => (size < 0 ? '?' : size)).join(', ')}]); export it with a fixed one`,
    )
  }
  const numbers = sampleShape.reduce((product, size) => product * size, 1)
  if (numbers > limits.sampleNumbersMax) {
    throw unsupported(`takes samples of ${numbers} numbers, more than ${limits.sampleNumbersMax}`)
  }
  if (batch > 0 && batch * numbers > limits.fixedBatchNumbersMax) {
    throw unsupported(
      `takes exactly ${batch} samples at a time, which are more than ${limits.fixedBatchNumbersMax} numbers; export it with a free batch size`,
    )
  }
  const output = scoreOutputOf(graph)
  if (output === undefined) {
    throw unsupported('has no float32 output of the form [batch, classes]')
  }
  checkClasses(output.port.shape?.[1] ?? 0)
  return {
    input,
    sampleShape,
    output,
    fixedBatch: batch > 0 ? batch : undefined,
  }
}

/**
 * A batch as the model's input takes it: whole numbers stand in a tensor of floats.
 * @throws EngineError INPUT_MISMATCH for a fraction where the model takes whole numbers
 */
export function inputTensor({ input }: ScoreModel, { shape, data }: Tensor): NamedTensor {
  const type = elementTypeOf(input.type)
  if (type === 'float32') return { type, shape, data }
  if (!data.every(Number.isInteger)) {
    throw new EngineError(
      'INPUT_MISMATCH',
      `the model takes whole numbers as ${quoted(input.name)} and the batch holds fractions; give it tokens`,
    )
  }
  return type === 'int64'
    ? { type, shape, data: BigInt64Array.from(data, BigInt) }
    : { type: 'int32', shape, data: Int32Array.from(data) }
}

/** @throws EngineError UNSUPPORTED_SIGNATURE for more classes than scores are kept of */
export function checkClasses(classes: number): void {
  if (classes > limits.classesMax) {
    throw unsupported(`has ${classes} classes, more than ${limits.classesMax}`)
  }
}

function unsupported(what: string): EngineError {
  return new EngineError(
    'UNSUPPORTED_SIGNATURE',
    `the model cannot be asked for scores: it ${what}`,
  )
}
