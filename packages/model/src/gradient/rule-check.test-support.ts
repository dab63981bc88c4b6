import type { Random } from '@merlon/core'
import { makeAttributes } from '../attributes.ts'
import { type Constant, floatConstant, intConstant } from '../constant.ts'
import type { Graph, GraphNode, GraphPort } from '../graph.ts'
import { graphBytes } from '../graph-file.ts'
import { interpret } from '../reference-interpreter.test-support.ts'
import { type Reference, reference } from '../reference-tensor.test-support.ts'
import { type NamedTensor, Session } from '../session.ts'
import { backward } from './backward.ts'
import type { Operand, RuleCase } from './cases/draw.test-support.ts'
import { GradientBuilder } from './gradient-builder.ts'
import { mergeFacts } from './learn-facts.ts'

/** A graph of one node, its gradient graph and a point to look at. */
export interface Example {
  readonly forward: Graph
  readonly derived: Graph
  readonly gradients: ReadonlyMap<string, string>
  readonly point: Readonly<Record<string, Reference>>
  /** d loss / d output, by output. */
  readonly cotangents: Readonly<Record<string, Reference>>
}

/** Makes the gradient graph of a case. The batch is 2, and is not known to the rules where it is free. */
export function exampleOf(op: string, drawn: RuleCase, random: Random): Example {
  const forward = graphOfCase(op, drawn)
  const floats = drawn.inputs.map((operand, i) => ({ name: `x${i}`, operand }))
  const draw = (rows: number) =>
    Object.fromEntries(
      floats.flatMap(({ name, operand }) =>
        operand === undefined || operand.ints !== undefined
          ? []
          : [[name, drawOperand(operand, rows, random)]],
      ),
    )
  const shown = [2, 5].map((rows) => new Map(Object.entries(interpret(forward, draw(rows)))))
  const point = draw(3)
  const seeded = drawn.isFirstOnly ? forward.outputs.slice(0, 1) : forward.outputs
  const cotangents = drawCotangents(
    { ...forward, outputs: seeded },
    interpret(forward, point),
    random,
  )
  const g = new GradientBuilder(forward, mergeFacts(forward, shown))
  const gradients = backward(
    g,
    new Set(Object.keys(point)),
    new Map(Object.keys(cotangents).map((name) => [name, `d${name}`])),
  )
  const derived = g.finish()
  const ports = [...gradients.values()].map(
    (name): GraphPort => ({ name, type: 0, shape: undefined }),
  )
  return {
    forward,
    derived: {
      ...derived,
      inputs: [
        ...forward.inputs,
        ...Object.entries(cotangents).map(([name, { shape }]) =>
          floatPort(
            `d${name}`,
            shape.map(() => -1),
          ),
        ),
      ],
      outputs: ports,
    },
    gradients,
    point,
    cotangents,
  }
}

export function drawCotangents(
  { outputs }: Graph,
  values: Readonly<Record<string, Reference>>,
  random: Random,
): Record<string, Reference> {
  const floats = outputs.filter(({ name }) => values[name]?.type === 'float32')
  return Object.fromEntries(
    floats.map(({ name }) => {
      const { shape, data } = values[name]!
      return [
        name,
        reference(
          shape,
          data.map(() => Math.fround(2 * random() - 1)),
        ),
      ]
    }),
  )
}

export function graphOfCase(op: string, drawn: RuleCase): Graph {
  const { inputs, attributes = {}, opset = 17, domain = '' } = drawn
  const outputs = Array.from({ length: drawn.outputs ?? 1 }, (_, i) => (i === 0 ? 'y' : `y${i}`))
  const constants = new Map(
    inputs.flatMap((operand, i) =>
      operand?.ints === undefined
        ? []
        : [
            [
              operand.isComputed ? `known${i}` : `x${i}`,
              constantOf(operand.ints, operand),
            ] as const,
          ],
    ),
  )
  const free = inputs.flatMap((operand, i) =>
    operand === undefined || operand.ints !== undefined
      ? []
      : [
          floatPort(
            `x${i}`,
            operand.shape.map((size, axis) => (axis === 0 && operand.isBatched ? -1 : size)),
          ),
        ],
  )
  const names = inputs.map((operand, i) => (operand === undefined ? '' : `x${i}`))
  return {
    opset,
    irVersion: 8,
    domains: new Map(),
    functions: [],
    inputs: free,
    outputs: outputs.map((name) => floatPort(name)),
    nodes: [
      ...inputs.flatMap((operand, i) => (operand?.isComputed ? [handedOn(i)] : [])),
      {
        name: 'node',
        op,
        domain,
        inputs: names,
        outputs,
        attributes: makeAttributes(attributes),
      },
    ],
    constants,
    initialisers: new Set(),
  }
}

function handedOn(i: number): GraphNode {
  const inputs = [`known${i}`]
  return {
    name: `hand${i}`,
    op: 'Identity',
    domain: '',
    inputs,
    outputs: [`x${i}`],
    attributes: [],
  }
}

function constantOf(values: readonly number[], { shape, type }: Operand): Constant {
  if (type === 'float32') return floatConstant(Float32Array.from(values), shape)
  const whole = intConstant(values, shape)
  if (type === 'int32')
    return { type, shape, bytes: new Uint8Array(Int32Array.from(values).buffer) }
  return type === 'bool' ? { type, shape, bytes: Uint8Array.from(values) } : whole
}

export function floatPort(name: string, shape?: readonly number[]): GraphPort {
  return { name, type: 1, shape }
}

export function drawOperand(operand: Operand, rows: number, random: Random): Reference {
  const { low = -2, high = 2, isBatched = false } = operand
  const shape = isBatched ? operand.shape.with(0, rows) : operand.shape
  const size = shape.reduce((product, each) => product * each, 1)
  // Float32 numbers, so that the runtime and the interpreter stand at the same point.
  return reference(
    shape,
    Array.from({ length: size }, () => Math.fround(low + random() * (high - low))),
  )
}

function gradientFeeds(cotangents: Example['cotangents']): Record<string, Reference> {
  return Object.fromEntries(Object.entries(cotangents).map(([name, value]) => [`d${name}`, value]))
}

/** The gradients that the derived graph gives in double precision, by wanted value. */
export function referenceGradients({
  derived,
  gradients,
  point,
  cotangents,
}: Example): Map<string, Float64Array> {
  const values = interpret(derived, { ...point, ...gradientFeeds(cotangents) })
  return new Map([...gradients].map(([name, value]) => [name, values[value]!.data]))
}

/** The gradients that the runtime gives in single precision. */
export async function runtimeGradients(example: Example): Promise<Map<string, NamedTensor>> {
  const { derived, gradients, point, cotangents } = example
  const results = await runtimeValues(derived, { ...point, ...gradientFeeds(cotangents) })
  return new Map([...gradients].map(([name, value]) => [name, results[value]!]))
}

/** What the operator itself gives in double precision, by output that is there. */
export function referenceOutputs({ forward, point }: Example): Record<string, Reference> {
  return interpret(forward, point)
}

/** What the operator itself gives in the runtime. */
export function runtimeOutputs({ forward, point }: Example): Promise<Record<string, NamedTensor>> {
  const outputs = forward.outputs.map(({ name }) => ({ name, type: 0, shape: undefined }))
  return runtimeValues({ ...forward, outputs }, point)
}

async function runtimeValues(
  graph: Graph,
  point: Readonly<Record<string, Reference>>,
): Promise<Record<string, NamedTensor>> {
  const session = await Session.open(graphBytes(graph), { name: 'the case', threads: 1 })
  try {
    const feeds = Object.entries(point).map(([name, { shape, data }]) => [
      name,
      { type: 'float32', shape, data: Float32Array.from(data) },
    ])
    return await session.run(Object.fromEntries(feeds))
  } finally {
    await session.close()
  }
}

/**
 * d <cotangent, y> / d x[i] by central differences of five points (error O(h^4)), or `undefined` if two step widths
 * disagree, which means that the probe crosses a kink.
 */
export function centralDifference(
  { forward, point, cotangents }: Example,
  name: string,
  index: number,
): number | undefined {
  const at = (shift: number) => {
    const moved = { ...point[name]!, data: Float64Array.from(point[name]!.data) }
    moved.data[index]! += shift
    const values = interpret(forward, { ...point, [name]: moved })
    let sum = 0
    for (const [output, { data }] of Object.entries(cotangents)) {
      for (const [i, slope] of data.entries()) sum += slope * values[output]!.data[i]!
    }
    return sum
  }
  const slope = (h: number) => (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
  const wide = slope(1e-3)
  const narrow = slope(4e-4)
  return Math.abs(wide - narrow) <= 1e-8 * Math.max(1, Math.abs(wide)) ? narrow : undefined
}
