import { type AttributeValue, makeAttributes } from './attributes.ts'
import { type Constant, floatConstant, intConstant } from './constant.ts'
import type { Graph, GraphNode, GraphPort } from './graph.ts'
import { graphBytes } from './graph-file.ts'

/** A node in short: operator, inputs, outputs, attributes. */
export type NodeSketch = readonly [
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, AttributeValue>>,
]

export interface GraphSketch {
  readonly inputs: readonly (readonly [name: string, shape: readonly number[], type?: number])[]
  readonly outputs: readonly (readonly [name: string, shape: readonly number[], type?: number])[]
  readonly nodes: readonly NodeSketch[]
  readonly constants?: Readonly<Record<string, Constant>>
  readonly opset?: number
}

/** The graph of a sketch. */
export function sketched({
  inputs,
  outputs,
  nodes,
  constants = {},
  opset = 17,
}: GraphSketch): Graph {
  const ports = (list: GraphSketch['inputs']) =>
    list.map(([name, shape, type = 1]): GraphPort => ({ name, shape, type }))
  return {
    opset,
    irVersion: 8,
    domains: new Map(),
    functions: [],
    inputs: ports(inputs),
    outputs: ports(outputs),
    nodes: nodes.map(
      ([op, reads, makes, attributes = {}], index): GraphNode => ({
        name: `node_${index}`,
        op,
        domain: '',
        inputs: reads,
        outputs: makes,
        attributes: makeAttributes(attributes),
      }),
    ),
    constants: new Map(Object.entries(constants)),
    initialisers: new Set(Object.keys(constants)),
  }
}

/** The bytes of a sketch. */
export function sketchedBytes(sketch: GraphSketch): Uint8Array {
  return graphBytes(sketched(sketch))
}

export function floats(shape: readonly number[], ...values: readonly number[]): Constant {
  return floatConstant(Float32Array.from(values), shape)
}

export function wholes(...values: readonly number[]): Constant {
  return intConstant(values, [values.length])
}

/** y = x W with W = [[1, 0, -1], [2, 1, 0]]. */
export const linear: GraphSketch = {
  inputs: [['x', [-1, 2]]],
  outputs: [['y', [-1, 3]]],
  nodes: [['MatMul', ['x', 'w'], ['y']]],
  constants: { w: floats([2, 3], 1, 0, -1, 2, 1, 0) },
}
