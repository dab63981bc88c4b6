import { type AttributeValue, makeAttributes } from '../attributes.ts'
import {
  type Constant,
  floatConstant,
  intConstant,
  numbersOf,
  scalarConstant,
} from '../constant.ts'
import type { ElementType } from '../element-type.ts'
import { EngineError, quoted } from '../errors.ts'
import type { Facts, Shape } from '../gradient/value-facts.ts'
import { type Graph, type GraphNode, ownName } from '../graph.ts'
import { limits } from '../limits.ts'

/** The name of a value; `undefined` is an optional input that is left out. */
type Input = string | undefined

/** Writes the plain nodes that stand in place of one node. */
export class Rewriter {
  readonly nodes: GraphNode[] = []
  readonly constants = new Map<string, Constant>()
  readonly graph: Graph
  readonly #facts: Facts
  readonly #node: GraphNode
  #next = 0

  constructor(graph: Graph, facts: Facts, node: GraphNode) {
    this.graph = graph
    this.#facts = facts
    this.#node = node
  }

  /** Adds a node and names its output. */
  emit(
    op: string,
    inputs: readonly Input[],
    attributes?: Readonly<Record<string, AttributeValue | undefined>>,
  ): string {
    return this.emitMany(op, inputs, 1, attributes)[0] ?? ''
  }

  /** Adds a node with several outputs. */
  emitMany(
    op: string,
    inputs: readonly Input[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.#name(op))
    this.add({
      name: names[0] ?? op,
      op,
      domain: '',
      inputs: inputs.map((input) => input ?? ''),
      outputs: names,
      attributes: makeAttributes(attributes),
    })
    return names
  }

  /**
   * Adds a node, without inputs that are left out at the end: the runtime's own fusion of Add and LayerNormalization
   * crashes on them.
   */
  add(node: GraphNode): void {
    const last = node.inputs.findLastIndex((name) => name !== '')
    this.nodes.push({ ...node, inputs: node.inputs.slice(0, last + 1) })
  }

  /** A name that nothing else in the graph has. */
  nameFor(hint: string): string {
    return this.#name(hint)
  }

  /** A vector of int64 numbers: axes, sizes, starts. */
  ints(values: readonly number[]): string {
    return this.keep(intConstant(values, [values.length]))
  }

  /** A scalar of the float type of `like`. */
  scalar(value: number, like: string): string {
    return this.keep(scalarConstant(value, this.#facts.get(like)?.type ?? 'float32'))
  }

  /** A vector of float32 numbers. */
  floats(values: ArrayLike<number>, shape: readonly number[]): string {
    return this.keep(floatConstant(Float32Array.from(values), shape))
  }

  /** Keeps a tensor in the graph and names it. */
  keep(constant: Constant): string {
    const name = this.#name('constant')
    this.constants.set(name, constant)
    return name
  }

  /** The shape of a value that stood in the graph before. */
  shape(value: string): Shape {
    return (
      this.#facts.get(value)?.shape ?? this.refuse(`the shape of ${quoted(value)} is not known`)
    )
  }

  /** The type of a value that stood in the graph before. */
  type(value: string): ElementType {
    return this.#facts.get(value)?.type ?? this.refuse(`the type of ${quoted(value)} is not known`)
  }

  /** A size that must be the same whatever the batch. */
  size(value: string, axis: number): number {
    const size = this.shape(value).at(axis)
    return typeof size === 'number' ? size : this.refuse('one of its sizes changes with the batch')
  }

  /** The numbers of a value that stands in the graph as a constant, if it does. */
  numbers(value: Input): number[] | undefined {
    const constant = this.graph.constants.get(value ?? '')
    return constant === undefined ? undefined : numbersOf(constant)
  }

  /** Refuses a matrix of numbers that would be too large to stand in the graph. */
  checkMatrix(numbers: number): void {
    if (numbers > limits.ruleMatrixNumbersMax)
      this.refuse(`it needs a matrix of ${numbers} numbers`)
  }

  /** @throws EngineError NO_GRADIENT_RULE, which says why this node cannot be written in plain operators */
  refuse(why: string): never {
    const { op, domain, name, outputs } = this.#node
    const where = `${domain === '' ? '' : `${quoted(domain)} `}${quoted(op)} (node ${quoted(name || (outputs[0] ?? ''))})`
    throw new EngineError(
      'NO_GRADIENT_RULE',
      `${where} cannot be differentiated: ${why}; attack it by its scores or labels instead`,
    )
  }

  #name(hint: string): string {
    return ownName(
      `${this.#node.outputs.find((name) => name !== '') ?? ''}/${hint}_${this.#next++}`,
    )
  }
}

/** The name of an input that the operator always has. */
export function given(r: Rewriter, node: GraphNode, index: number): string {
  return optional(node, index) ?? r.refuse(`input ${index} is missing`)
}

/** The name of an optional input. */
export function optional(node: GraphNode, index: number): string | undefined {
  const name = node.inputs[index]
  return name === '' ? undefined : name
}
