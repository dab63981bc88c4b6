import { type AttributeValue, makeAttributes } from './attributes.ts'
import { floatConstant, intConstant } from './constant.ts'
import { elementTypes } from './element-type.ts'
import type { Facts } from './gradient/value-facts.ts'
import { type Graph, type GraphPort, ownName } from './graph.ts'

/** The inputs that a step has beside those of the gradient. */
export const stepPorts = {
  size: ownName('step/size'),
  low: ownName('step/low'),
  high: ownName('step/high'),
  floor: ownName('step/floor'),
  ceiling: ownName('step/ceiling'),
} as const

/** What comes out in the gradient's place. */
export const ascentPorts = {
  point: ownName('step/point'),
  slopes: ownName('step/slopes'),
  clipped: ownName('step/clipped'),
} as const

/**
 * The graph of a gradient with a step behind it (Madry et al. 2018, eq. 2), so that the gradient need not come out:
 * x' = clip(min(max(x + size sign(g), low), high), floor, ceiling), sum |g| of each sample, and how many of its numbers were
 * clipped.
 */
export function ascentGraph(graph: Graph, facts: Facts, input: string, gradient: string): Graph {
  const name = (step: string) => ownName(`step/${step}`)
  const [axes, most, one, minusOne] = [name('axes'), name('most'), name('one'), name('minus_one')]
  const sample = (facts.get(input)?.shape ?? []).map((_, axis) => axis).slice(1)
  const node = (
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ) => ({
    name: output,
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes: makeAttributes(attributes),
  })
  const steps = [
    // sign(g): twice, so that the smallest number there is comes out above 1. The operator Sign takes ten times as long.
    node('Mul', [gradient, most], name('steep')),
    node('Mul', [name('steep'), most], name('steeper')),
    node('Clip', [name('steeper'), minusOne, one], name('sign')),
    node('Mul', [name('sign'), stepPorts.size], name('change')),
    node('Add', [input, name('change')], name('moved')),
    node('Max', [name('moved'), stepPorts.low], name('above')),
    node('Min', [name('above'), stepPorts.high], name('inside')),
    node('Clip', [name('inside'), stepPorts.floor, stepPorts.ceiling], ascentPorts.point),
    node('Sub', [name('inside'), ascentPorts.point], name('excess')),
    node('Mul', [name('excess'), most], name('excessive')),
    node('Clip', [name('excessive'), minusOne, one], name('cut')),
    node('Abs', [name('cut')], name('cuts')),
    node('ReduceSum', [name('cuts'), axes], ascentPorts.clipped, { keepdims: 0 }),
    node('Abs', [gradient], name('sizes')),
    node('ReduceSum', [name('sizes'), axes], ascentPorts.slopes, { keepdims: 0 }),
  ]
  const port = (each: string, shape: readonly number[]): GraphPort => ({
    name: each,
    type: elementTypes.float32.code,
    shape,
  })
  const shape = graph.inputs.find((each) => each.name === input)?.shape ?? []
  const { size, low, high, floor, ceiling } = stepPorts
  const untyped = (each: string): GraphPort => ({ name: each, type: 0, shape: undefined })
  return {
    ...graph,
    nodes: [...graph.nodes, ...steps],
    constants: new Map([
      ...graph.constants,
      [axes, intConstant(sample, [sample.length])],
      [most, floatConstant(Float32Array.of(3e38), [])],
      [one, floatConstant(Float32Array.of(1), [])],
      [minusOne, floatConstant(Float32Array.of(-1), [])],
    ]),
    inputs: [
      ...graph.inputs,
      port(low, shape),
      port(high, shape),
      ...[size, floor, ceiling].map((each) => port(each, [])),
    ],
    outputs: [
      ...graph.outputs.filter((each) => each.name !== gradient),
      ...Object.values(ascentPorts).map(untyped),
    ],
  }
}
