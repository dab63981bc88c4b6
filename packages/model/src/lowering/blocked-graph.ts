import { assert } from '@merlon/core'
import { type AttributeValue, makeAttributes } from '../attributes.ts'
import { type Constant, intConstant } from '../constant.ts'
import { broadcastShape, type Facts, type Shape, type ValueFacts } from '../gradient/value-facts.ts'
import { type Graph, type GraphNode, ownName, readsOf } from '../graph.ts'

/** The domain of the runtime's operators on blocked tensors. */
export const blockedDomain = 'com.microsoft.nchwc'

type Attributes = Readonly<Record<string, AttributeValue | undefined>>

/**
 * A graph while it is rewritten, node by node. A value may be there in two layouts: plain under its own name, and
 * blocked, with its channels in blocks that lie innermost and are filled up with zeros. A layout that is missing is made
 * when it is asked for.
 */
export class BlockedGraph {
  /** Channels in a block. */
  readonly block: number
  readonly graph: Graph
  readonly #facts: Map<string, ValueFacts>
  readonly #uses = new Map<string, number>()
  readonly #blocked = new Map<string, string>()
  /** Values that are there in blocks only. */
  readonly #isUnwritten = new Set<string>()
  readonly #nodes: GraphNode[] = []
  readonly #constants: Map<string, Constant>
  #next = 0

  constructor(graph: Graph, facts: Facts, block: number) {
    this.graph = graph
    this.block = block
    this.#facts = new Map(facts)
    this.#constants = new Map(graph.constants)
    const reads = [
      ...graph.nodes.flatMap((node) => node.inputs),
      ...graph.outputs.map((o) => o.name),
    ]
    for (const node of graph.nodes) {
      for (const name of readsOf(node)) if (!node.inputs.includes(name)) reads.push(name)
    }
    for (const name of reads) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1)
  }

  /** The graph as it is now, every output in its plain layout. */
  finish(): Graph {
    for (const { name } of this.graph.outputs) this.#write(name)
    const domains = new Map([...this.graph.domains, [blockedDomain, 1]])
    return { ...this.graph, domains, nodes: this.#nodes, constants: this.#constants }
  }

  /** [n, channels, height, width] of a float32 value, if that is what is known of it. */
  image(value: string): readonly [Shape[number], number, number, number] | undefined {
    const { type, shape = [] } = this.#known(value) ?? {}
    const [rows, channels, height, width] = shape
    if (type !== 'float32' || shape.length !== 4 || rows === undefined) return undefined
    const isWhole =
      typeof channels === 'number' && typeof height === 'number' && typeof width === 'number'
    return isWhole ? [rows, channels, height, width] : undefined
  }

  /** The shape of a value, if it is known. */
  shape(value: string): Shape | undefined {
    return this.#known(value)?.shape
  }

  constant(value: string): Constant | undefined {
    return this.graph.constants.get(value)
  }

  isImage(value: string): boolean {
    return this.image(value) !== undefined
  }

  isReadOnce(value: string): boolean {
    return this.#uses.get(value) === 1
  }

  isBlocked(value: string): boolean {
    return this.#blocked.has(value)
  }

  /** The value in its plain layout. */
  plain(value: string): string {
    this.#write(value)
    return value
  }

  /** The value in blocks; `undefined` if the runtime cannot bring it there. */
  blocked(value: string): string | undefined {
    const known = this.#blocked.get(value)
    if (known !== undefined) return known
    const channels = this.image(value)?.[1]
    // The runtime's reordering takes four channels at a time.
    if (channels === undefined || channels % 4 !== 0) return undefined
    const made = this.emit('ReorderInput', [value], {}, blockedDomain)
    this.#blocked.set(value, made)
    return made
  }

  /** A constant [1, 1, height, width] for every channel, in blocks; `undefined` if the runtime cannot bring it there. */
  blockedPattern(value: string, channels: number): string | undefined {
    if (channels % 4 !== 0) return undefined
    const wide = this.emit('Expand', [value, this.ints([1, channels, 1, 1])], {})
    return this.emit('ReorderInput', [wide], {}, blockedDomain)
  }

  /** Says that `blocked` holds `value`, which is not written in its plain layout unless somebody reads it. */
  give(value: string, blocked: string): void {
    this.#blocked.set(value, blocked)
    this.#isUnwritten.add(value)
  }

  /** Adds a node in blocks or for them and names its output. */
  emit(op: string, inputs: readonly string[], attributes: Attributes, domain = ''): string {
    const name = ownName(`blocked_${this.#next++}/${op}`)
    const made = makeAttributes(attributes)
    this.#nodes.push({ name, op, domain, inputs, outputs: [name], attributes: made })
    return name
  }

  /** Adds a node once more, with further attributes. */
  emitWith(node: GraphNode, attributes: Attributes): string {
    const made = makeAttributes(attributes)
    return this.emitLike({ ...node, attributes: [...node.attributes, ...made] }, node.inputs)
  }

  /** Adds a node with the attributes of another. */
  emitLike(node: GraphNode, inputs: readonly string[], domain = node.domain): string {
    const name = ownName(`blocked_${this.#next++}/${node.op}`)
    this.#nodes.push({ ...node, name, domain, inputs, outputs: [name] })
    return name
  }

  /** Takes back a node that was emitted, so that it can be emitted once more with what follows it. */
  withdraw(value: string): GraphNode {
    const at = this.#nodes.findLastIndex(({ outputs }) => outputs[0] === value)
    assert(at >= 0, 'the node was emitted')
    return this.#nodes.splice(at, 1)[0]!
  }

  /** The node that made a blocked value. */
  maker(value: string): GraphNode | undefined {
    const blocked = this.#blocked.get(value)
    return this.#nodes.findLast(({ outputs }) => outputs[0] === blocked)
  }

  /** Keeps a node as it is, with everything that it reads in its plain layout. */
  keep(node: GraphNode): void {
    for (const name of readsOf(node)) this.#write(name)
    this.#nodes.push(node)
  }

  ints(values: readonly number[]): string {
    const name = ownName(`blocked/ints:${values.join()}`)
    this.#constants.set(name, intConstant(values, [values.length]))
    return name
  }

  /** What follows for the shape of a node that works number by number. */
  inferElementwise(node: GraphNode): void {
    const [value = ''] = node.outputs
    if (this.shape(value) !== undefined) return
    const operands = node.inputs.filter((name) => name !== '').map((name) => this.#known(name))
    const known = operands.filter((operand) => operand !== undefined)
    const [first] = known
    if (first === undefined || known.length < operands.length) return
    const shape = known.map((operand) => operand.shape).reduce(broadcastShape)
    this.#facts.set(value, { type: first.type, shape })
  }

  #known(value: string): ValueFacts | undefined {
    return this.#facts.get(value) ?? this.graph.constants.get(value)
  }

  #write(value: string): void {
    if (!this.#isUnwritten.delete(value)) return
    const blocked = this.#blocked.get(value)
    const channels = this.image(value)?.[1]
    assert(blocked !== undefined && channels !== undefined, 'only images are in blocks')
    this.#nodes.push({
      name: value,
      op: 'ReorderOutput',
      domain: blockedDomain,
      inputs: [blocked],
      outputs: [value],
      attributes: makeAttributes({ channels }),
    })
  }
}
