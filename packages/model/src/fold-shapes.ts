import { attribute, intAttribute, intsAttribute } from './attributes.ts'
import { type Constant, floatConstant, intConstant, numbersOf, readTensor } from './constant.ts'
import { type ElementType, elementTypeOf } from './element-type.ts'
import type { Facts } from './gradient/value-facts.ts'
import { type Graph, type GraphNode, pruned } from './graph.ts'
import { limits } from './limits.ts'

/**
 * The graph with its arithmetic on shapes done: bounds, pads and sizes that exporters compute become constants, which
 * rules can read. A number that changes with the batch stays unknown, number by number, and so does what is made of it.
 */
export function foldShapes(graph: Graph, facts: Facts): Graph {
  const known = new Map<string, Known>()
  const read = (name: string) => known.get(name) ?? knownConstant(graph, name)
  const constants = new Map(graph.constants)
  const nodes = graph.nodes.filter((node) => {
    for (const [name, value] of foldNode(node, read, facts)) known.set(name, value)
    const folded = node.outputs.map((name) => constantOf(known.get(name), facts, name))
    if (folded.length === 0 || folded.some((each) => each === undefined)) return true
    for (const [i, constant] of folded.entries()) constants.set(node.outputs[i]!, constant!)
    return false
  })
  return nodes.length === graph.nodes.length ? graph : pruned({ ...graph, nodes, constants })
}

/** What is known of a small tensor, number by number. */
export interface Known {
  readonly shape: readonly number[]
  readonly values: readonly (number | undefined)[]
}

function knownConstant(graph: Graph, name: string): Known | undefined {
  const constant = graph.constants.get(name)
  if (constant === undefined || constant.bytes.length > 8 * limits.foldedNumbersMax)
    return undefined
  // A float initialiser may be learnt, so that its numbers do not stay.
  const isFloat = constant.type === 'float32' || constant.type === 'float64'
  if (isFloat ? graph.initialisers.has(name) : !foldedTypes.has(constant.type)) return undefined
  return { shape: constant.shape, values: numbersOf(constant) }
}

const foldedTypes: ReadonlySet<ElementType> = new Set(['int64', 'int32', 'bool'])

/** A fully known tensor as a constant: whole numbers, truth values, and floats made of them such as scales. */
function constantOf(value: Known | undefined, facts: Facts, name: string): Constant | undefined {
  const type = facts.get(name)?.type
  if (value === undefined || type === undefined) return undefined
  if (type !== 'float32' && !foldedTypes.has(type)) return undefined
  const numbers = value.values.filter((each) => each !== undefined)
  if (numbers.length !== value.values.length) return undefined
  const { shape } = value
  if (type === 'int64') return intConstant(numbers, shape)
  if (type === 'float32') return floatConstant(Float32Array.from(numbers), shape)
  const data = type === 'bool' ? Uint8Array.from(numbers) : Int32Array.from(numbers)
  return { type, shape, bytes: new Uint8Array(data.buffer) }
}

function foldNode(
  node: GraphNode,
  read: (name: string) => Known | undefined,
  facts: Facts,
): Map<string, Known> {
  const fold = node.domain === '' && Object.hasOwn(folds, node.op) ? folds[node.op] : undefined
  const inputs = node.inputs.map((name) => (name === '' ? undefined : read(name)))
  const outputs = new Map<string, Known>()
  for (const [index, name] of node.outputs.entries()) {
    const fact = facts.get(name)
    const shape = fact?.shape.filter((size) => typeof size === 'number') ?? []
    const size = shape.reduce((product, each) => product * each, 1)
    if (fact === undefined || shape.length !== fact.shape.length) continue
    if (size > limits.foldedNumbersMax) continue
    const values = fold?.({ node, inputs, shape, size, index, facts })
    if (values === undefined || values.length !== size) continue
    outputs.set(name, { shape, values: values.map((value) => stored(value, fact.type)) })
  }
  return outputs
}

/** The number as its type holds it; whole numbers beyond 2^53 are not followed. */
function stored(value: number | undefined, type: ElementType): number | undefined {
  if (value === undefined || Number.isNaN(value)) return undefined
  if (type === 'float32') return Math.fround(value)
  if (type === 'bool') return Number(value !== 0)
  if (type === 'float64') return value
  return Number.isSafeInteger(value) ? value : undefined
}

interface Folding {
  readonly node: GraphNode
  readonly inputs: readonly (Known | undefined)[]
  /** Of the output that is asked for. */
  readonly shape: readonly number[]
  readonly size: number
  readonly index: number
  readonly facts: Facts
}

type Values = readonly (number | undefined)[]
type Fold = (folding: Folding) => Values | undefined

/** A function of single numbers, broadcast. */
function each(f: (...numbers: number[]) => number): Fold {
  return ({ inputs, shape, size }) => {
    if (inputs.some((input) => input === undefined)) return undefined
    return Array.from({ length: size }, (_, i) => {
      const numbers = inputs.map((input) => input!.values[broadcastPlace(i, shape, input!.shape)])
      const whole = numbers.filter((number) => number !== undefined)
      return whole.length === numbers.length ? f(...whole) : undefined
    })
  }
}

/** Where a number of the output comes from in an operand that was broadcast. */
function broadcastPlace(i: number, shape: readonly number[], own: readonly number[]): number {
  let place = 0
  let stride = 1
  let rest = i
  for (let axis = shape.length - 1, at = own.length - 1; at >= 0; axis--, at--) {
    const size = shape[axis]!
    if (own[at] !== 1) place += (rest % size) * stride
    stride *= own[at]!
    rest = Math.floor(rest / size)
  }
  return place
}

const same: Fold = ({ inputs }) => inputs[0]?.values

const cast: Fold = ({ inputs, node }) => {
  const isWhole = !elementTypeOf(intAttribute(node, 'to', 1))?.startsWith('float')
  return inputs[0]?.values.map((value) =>
    value !== undefined && isWhole ? Math.trunc(value) : value,
  )
}

const shapeOf: Fold = ({ node, facts }) => {
  const shape = facts.get(node.inputs[0] ?? '')?.shape
  const end = attribute(node, 'end') === undefined ? undefined : intAttribute(node, 'end', 0)
  return shape
    ?.slice(intAttribute(node, 'start', 0), end)
    .map((size) => (typeof size === 'number' ? size : undefined))
}

/** Along the only axis of a list. */
const gather: Fold = ({ inputs: [data, indices] }) => {
  if (data?.shape.length !== 1) return undefined
  return indices?.values.map((index) => (index === undefined ? undefined : data.values.at(index)))
}

const concat: Fold = ({ inputs, shape }) => {
  if (shape.length !== 1 || inputs.some((input) => input === undefined)) return undefined
  return inputs.flatMap((input) => input!.values)
}

const slice: Fold = ({ inputs: [data, starts, ends, , steps], size }) => {
  const start = starts?.values[0]
  const step = steps === undefined ? 1 : steps.values[0]
  if (data?.shape.length !== 1 || start === undefined || step === undefined) return undefined
  if (ends === undefined) return undefined
  const most = data.values.length
  const from = Math.min(Math.max(start < 0 ? start + most : start, 0), step < 0 ? most - 1 : most)
  return Array.from({ length: size }, (_, i) => data.values[from + i * step])
}

const split: Fold = ({ inputs: [data, sizes], size, index, node }) => {
  if (data?.shape.length !== 1) return undefined
  const even = Math.ceil(data.values.length / node.outputs.length)
  const before = sizes?.values.slice(0, index) ?? Array.from({ length: index }, () => even)
  const start = before.reduce<number>((sum, part) => sum + (part ?? Number.NaN), 0)
  return Number.isNaN(start) ? undefined : data.values.slice(start, start + size)
}

const range: Fold = ({ inputs, size }) => {
  const [start, , step] = inputs.map((input) => input?.values[0])
  if (start === undefined || step === undefined) return undefined
  return Array.from({ length: size }, (_, i) => start + i * step)
}

const constantOfShape: Fold = ({ node, size }) => {
  const tensor = attribute(node, 'value')?.t
  const [value = 0] = tensor === undefined ? [] : numbersOf(readTensor(tensor, node.name))
  return Array.from({ length: size }, () => value)
}

const product: Fold = ({ inputs: [data], size, node }) => {
  if (size !== 1 || intsAttribute(node, 'axes')?.length === 0) return undefined
  return [data?.values.reduce<number>((all, value) => all * (value ?? Number.NaN), 1)]
}

/** What exporters compute shapes with. Division truncates, the remainder follows the divisor's sign. */
const folds: Readonly<Record<string, Fold>> = {
  Shape: shapeOf,
  Size: ({ facts, node }) => {
    const shape = facts.get(node.inputs[0] ?? '')?.shape
    return [
      shape?.reduce<number>((all, size) => all * (typeof size === 'number' ? size : Number.NaN), 1),
    ]
  },
  Gather: gather,
  Slice: slice,
  Split: split,
  Concat: concat,
  Range: range,
  ConstantOfShape: constantOfShape,
  ReduceProd: product,
  Cast: cast,
  Identity: same,
  Reshape: same,
  Squeeze: same,
  Unsqueeze: same,
  Flatten: same,
  Expand: ({ inputs: [data], shape, size }) =>
    data &&
    Array.from({ length: size }, (_, i) => data.values[broadcastPlace(i, shape, data.shape)]),
  Add: each((a, b) => a + b),
  Sub: each((a, b) => a - b),
  Mul: each((a, b) => a * b),
  Div: (folding) => {
    const isWhole = foldedTypes.has(
      folding.facts.get(folding.node.outputs[0] ?? '')?.type ?? 'string',
    )
    return each((a, b) => (isWhole ? Math.trunc(a / b) : a / b))(folding)
  },
  Mod: (folding) => {
    const isC = intAttribute(folding.node, 'fmod', 0) === 1
    return each((a, b) => (isC ? a % b : a - b * Math.floor(a / b)))(folding)
  },
  Neg: each((a) => -a),
  Abs: each(Math.abs),
  Sqrt: each(Math.sqrt),
  Floor: each(Math.floor),
  Ceil: each(Math.ceil),
  Min: each(Math.min),
  Max: each(Math.max),
  Equal: each((a, b) => Number(a === b)),
  Less: each((a, b) => Number(a < b)),
  Greater: each((a, b) => Number(a > b)),
  LessOrEqual: each((a, b) => Number(a <= b)),
  GreaterOrEqual: each((a, b) => Number(a >= b)),
  And: each((a, b) => a & b),
  Or: each((a, b) => a | b),
  Not: each((a) => 1 - a),
  Where: each((is, a, b) => (is ? a : b)),
}
