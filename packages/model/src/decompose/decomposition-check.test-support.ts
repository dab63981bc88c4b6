import type { Random } from '@merlon/core'
import { expect } from 'vitest'
import { backward } from '../gradient/backward.ts'
import type { RuleCase } from '../gradient/cases/draw.test-support.ts'
import { GradientBuilder } from '../gradient/gradient-builder.ts'
import { learnFacts } from '../gradient/learn-facts.ts'
import {
  centralDifference,
  drawCotangents,
  drawOperand,
  type Example,
  floatPort,
  graphOfCase,
  referenceGradients,
  runtimeGradients,
} from '../gradient/rule-check.test-support.ts'
import type { Graph } from '../graph.ts'
import { graphBytes } from '../graph-file.ts'
import { interpret } from '../reference-interpreter.test-support.ts'
import type { Reference } from '../reference-tensor.test-support.ts'
import { type NamedTensor, Session } from '../session.ts'
import { decomposed } from './decomposed.ts'

const probesPerInput = 4
const quiet = { name: 'the case', threads: 1 }

/** An operator, the plain graph in its place with that graph's gradient, and a point to look at. */
export interface DecompositionExample extends Example {
  readonly whole: Graph
}

/** Writes a case in plain operators and derives the gradient of what came out. */
export async function decompositionExample(
  op: string,
  drawn: RuleCase,
  random: Random,
): Promise<DecompositionExample> {
  const graph = graphOfCase(op, drawn)
  const whole = {
    ...graph,
    // Some are whole numbers: the runtime infers the types.
    outputs: graph.outputs.map(({ name }) => ({ name, type: 0, shape: undefined })),
    domains: new Map(drawn.domain ? [[drawn.domain, 1]] : []),
  }
  return exampleOfGraph(whole, drawn, random)
}

/** The same for a graph at hand; the operands of the case belong to its inputs in order. */
export async function exampleOfGraph(
  whole: Graph,
  { inputs }: RuleCase,
  random: Random,
): Promise<DecompositionExample> {
  const draw = (rows: number) =>
    Object.fromEntries(
      inputs.flatMap((operand, i) =>
        operand === undefined || operand.ints !== undefined
          ? []
          : [[`x${i}`, drawOperand(operand, rows, random)] as const],
      ),
    )
  const feeds = [2, 5].map((rows) => fed(draw(rows)))
  const outputs = whole.outputs.map(({ name }) => name)
  let graph = whole
  let facts = await learnFacts(graph, feeds, quiet)
  for (let round = 0; round < 4; round++) {
    const written = decomposed(graph, facts)
    if (written === graph) break
    graph = written
    facts = await learnFacts(graph, feeds, quiet)
  }
  const point = draw(3)
  const cotangents = drawCotangents(graph, interpret(graph, point), random)
  const g = new GradientBuilder(graph, facts)
  const seeds = new Map(outputs.map((name) => [name, `d${name}`]))
  const gradients = backward(g, new Set(Object.keys(point)), seeds)
  const ports = Object.entries(cotangents).map(([name, { shape }]) =>
    floatPort(
      `d${name}`,
      shape.map(() => -1),
    ),
  )
  const derived = {
    ...g.finish(),
    inputs: [...graph.inputs, ...ports],
    outputs: [...gradients.values()].map((name) => ({ name, type: 0, shape: undefined })),
  }
  return { whole, forward: graph, derived, gradients, point, cotangents }
}

/** The largest difference between what the runtime makes of the operator and the plain graph in double precision. */
export async function forwardError({
  whole,
  forward,
  point,
}: DecompositionExample): Promise<number> {
  const session = await Session.open(graphBytes(whole), quiet)
  try {
    const results = await session.run(fed(point))
    const plain = interpret(forward, point)
    const errors = whole.outputs.flatMap(({ name }) => {
      const { data, shape } = results[name]!
      if (shape.join() !== plain[name]!.shape.join()) return [Number.POSITIVE_INFINITY]
      return Array.from(data as Float32Array, (value, i) => Math.abs(value - plain[name]!.data[i]!))
    })
    return Math.max(...errors)
  } finally {
    await session.close()
  }
}

/** The gradient of the plain graph is that of central differences, and the runtime's. */
export async function expectGradients(example: DecompositionExample): Promise<void> {
  const all = referenceGradients(example)
  const runtime = await runtimeGradients(example)
  const most = Math.max(1e-3, ...[...all.values()].flatMap((each) => [...each].map(Math.abs)))
  for (const [name, { data }] of Object.entries(example.point)) {
    const gradient = all.get(name) ?? new Float64Array(data.length)
    for (let i = 0; i < Math.min(probesPerInput, data.length); i++) {
      const truth = centralDifference(example, name, i) ?? gradient[i]!
      expect(Math.abs(gradient[i]! - truth) / most).toBeLessThanOrEqual(1e-6)
    }
    const errors = gradient.map((value, i) =>
      Math.abs(value - Number(runtime.get(name)?.data[i] ?? 0)),
    )
    expect(Math.max(...errors) / most).toBeLessThanOrEqual(1e-5)
  }
}

function fed(point: Readonly<Record<string, Reference>>): Record<string, NamedTensor> {
  return Object.fromEntries(
    Object.entries(point).map(([name, { shape, data }]) => [
      name,
      { type: 'float32', shape, data: Float32Array.from(data) },
    ]),
  )
}
