import { assert } from '@merlon/core'
import { type AttributeValue, makeAttributes } from '../attributes.ts'
import {
  type Constant,
  floatConstant,
  intConstant,
  numbersOf,
  scalarConstant,
} from '../constant.ts'
import type { ElementType } from '../element-type.ts'
import { type Graph, type GraphNode, ownName } from '../graph.ts'
import { type Facts, isSameShape, type Shape, type ValueFacts } from './value-facts.ts'

/** The name of a value in the graph. */
export type Value = string

/** An input of `emit`; `undefined` is an optional input that is left out. */
type Input = Value | undefined

/**
 * Grows a graph node by node behind a forward graph. Gradient rules see nothing else of the graph that is being
 * made. Types and shapes are known for the values of the forward graph only, which is all that a rule needs.
 */
export class GradientBuilder {
  readonly graph: Graph
  /** The nodes of the forward graph; a rule may have them give optional outputs. */
  readonly forward: GraphNode[]
  readonly isStraightThrough: boolean
  /** How many nodes of each operator a gradient was let through. */
  readonly passed = new Map<string, number>()
  /** How many nodes of each operator ended a way because they are flat. */
  readonly flat = new Map<string, number>()
  readonly #nodes: GraphNode[] = []
  readonly #constants = new Map<string, Constant>()
  readonly #facts: Map<Value, ValueFacts>
  readonly #learnt: ReadonlySet<string>
  #next = 0

  /**
   * `learnt` names the constants that will become inputs of the finished graph; `isStraightThrough` lets gradients
   * through operators that round.
   */
  constructor(
    graph: Graph,
    facts: Facts,
    learnt: ReadonlySet<string> = new Set(),
    isStraightThrough = false,
  ) {
    this.#learnt = learnt
    this.isStraightThrough = isStraightThrough
    this.graph = graph
    this.#facts = new Map(facts)
    this.forward = [...graph.nodes]
  }

  /** What is known of values: those of the forward graph, and those that were declared. */
  get facts(): Facts {
    return this.#facts
  }

  /** Makes an emitted value known, so that a rule can take it for a value of the forward graph. */
  declare(value: Value, facts: ValueFacts): void {
    this.#facts.set(value, facts)
  }

  /** The forward graph with all that was emitted behind it. */
  finish(): Graph {
    return {
      ...this.graph,
      nodes: [...this.forward, ...this.#nodes],
      constants: new Map([...this.graph.constants, ...this.#constants]),
    }
  }

  /** Adds a node and names its output. */
  emit(op: string, inputs: readonly Input[], attributes?: Attributes): Value {
    const [value] = this.emitMany(op, inputs, 1, attributes)
    assert(value !== undefined, 'one output was asked for')
    return value
  }

  /** Adds a node with several outputs. */
  emitMany(
    op: string,
    inputs: readonly Input[],
    outputs: number,
    attributes: Attributes = {},
  ): Value[] {
    const names = Array.from({ length: outputs }, () => this.#name(op))
    this.#nodes.push({
      name: names[0] ?? op,
      op,
      domain: '',
      inputs: inputs
        .slice(0, inputs.findLastIndex((input) => input !== undefined) + 1)
        .map((input) => input ?? ''),
      outputs: names,
      attributes: makeAttributes(attributes),
    })
    return names
  }

  /** Adds a node of the same operator over other inputs, with all attributes of `node` or those named. */
  emitLike(node: GraphNode, inputs: readonly Input[], attributes?: readonly string[]): Value {
    const [value] = this.emitMany(node.op, inputs, 1)
    const made = this.#nodes.pop()
    assert(value !== undefined && made !== undefined, 'one node was added')
    const kept = node.attributes.filter(({ name }) => attributes?.includes(name ?? '') ?? true)
    this.#nodes.push({ ...made, domain: node.domain, attributes: kept })
    return value
  }

  /** A scalar factor of the same float type as `like`. */
  scalar(value: number, like: Value): Value {
    return this.#constant(scalarConstant(value, this.type(like)), `scalar:${value}`)
  }

  /** A vector of int64 numbers: axes, sizes, starts. */
  ints(values: readonly number[]): Value {
    return this.#constant(intConstant(values, [values.length]), `ints:${values.join()}`)
  }

  /** A single int64 number. */
  int(value: number): Value {
    return this.#constant(intConstant([value], []), `int:${value}`)
  }

  /** A tensor of the same float type as `like`. */
  tensor(data: Float32Array, shape: readonly number[], like: Value): Value {
    const name = this.#constant(floatConstant(data, shape))
    return this.type(like) === 'float32' ? name : this.emit('CastLike', [name, like])
  }

  /** The shape of a value of the forward graph. */
  shape(value: Value): Shape {
    return this.#fact(value).shape
  }

  /** The type of a value of the forward graph. */
  type(value: Value): ElementType {
    return this.#fact(value).type
  }

  /** True if a value will change from run to run, so that the runtime cannot rearrange it in advance. */
  isLearnt(value: Value): boolean {
    return this.#learnt.has(value)
  }

  /** The numbers of a value that stands in the graph as a constant (axes, sizes), if it does. */
  constantNumbers(value: Value): number[] | undefined {
    const constant = this.graph.constants.get(value)
    return constant === undefined ? undefined : numbersOf(constant)
  }

  /** A one-dimensional int64 tensor that holds the shape of a forward value when the graph runs. */
  shapeOf(value: Value): Value {
    const shape = this.shape(value)
    const sizes = shape.filter((size) => typeof size === 'number')
    return sizes.length === shape.length ? this.ints(sizes) : this.emit('Shape', [value])
  }

  /** `value` with the shape of `like`, which must hold as many numbers. */
  reshapeLike(value: Value, like: Value): Value {
    return this.reshape(value, this.shape(like), like)
  }

  /** `value` as `shape`; `like` has that shape, for the case that more than one size is free. */
  reshape(value: Value, shape: Shape, like: Value): Value {
    const free = shape.filter((size) => typeof size === 'string').length
    if (free > 1 || (free === 1 && shape.includes(0))) {
      return this.emit('Reshape', [value, this.emit('Shape', [like])])
    }
    const sizes = shape.map((size) => (typeof size === 'string' ? -1 : size))
    return this.emit('Reshape', [value, this.ints(sizes)], {
      allowzero: sizes.includes(0) ? 1 : undefined,
    })
  }

  /** `value` broadcast to the shape of `like`. */
  expandLike(value: Value, like: Value): Value {
    return this.emit('Expand', [value, this.shapeOf(like)])
  }

  /** Zeros of the type and shape of a forward value. */
  zerosLike(value: Value): Value {
    return this.expandLike(this.scalar(0, value), value)
  }

  /** The transpose of broadcasting: sums `value`, of shape `from`, over the axes that `to` was broadcast along. */
  sumToShapeOf(value: Value, from: Shape, to: Value): Value {
    const target = this.shape(to)
    if (isSameShape(from, target)) return value
    const extra = from.length - target.length
    const axes = from.flatMap((size, axis) =>
      axis < extra || (target[axis - extra] === 1 && size !== 1) ? [axis] : [],
    )
    if (axes.length === 0) return value
    const leading = axes.every((axis) => axis < extra)
    const sum = this.emit('ReduceSum', [value, this.ints(axes)], { keepdims: leading ? 0 : 1 })
    if (leading || extra === 0) return sum
    return this.emit('Squeeze', [sum, this.ints(Array.from({ length: extra }, (_, i) => i))])
  }

  #name(hint: string): Value {
    return ownName(`${hint}_${this.#next++}`)
  }

  #constant(constant: Constant, key?: string): Value {
    const name = key === undefined ? this.#name('constant') : ownName(`${constant.type}/${key}`)
    this.#constants.set(name, constant)
    return name
  }

  #fact(value: Value): ValueFacts {
    const facts = this.#facts.get(value)
    assert(facts !== undefined, `the shape of ${value} is known`)
    return facts
  }
}

type Attributes = Readonly<Record<string, AttributeValue | undefined>>
