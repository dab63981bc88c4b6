import { attribute, intAttribute, stringAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import {
  type GradientRule,
  type GradientRules,
  input,
  optionalInput,
  type RuleNode,
} from '../rule.ts'
import { addBack, addRowsBack, padBack } from './move-back.ts'
import { asNumber } from './selection.ts'

/** The same operator over other data. */
function again(g: GradientBuilder, node: RuleNode, data: Value): Value {
  return g.emitLike(node, [data, ...node.inputs.slice(1)])
}

/** y = operator(x) takes numbers from places of x: dy is added up in those places. */
const taking: GradientRule = (g, node, dy) => [
  addBack(g, dy, input(node, 0), (positions) => again(g, node, positions)),
]

/** [y0, y1, ...] = split(x): dx = [dy0; dy1; ...], with zeros for a part that nobody reads. */
const split: GradientRule = (g, node) => {
  const parts = node.outputGradients.map(
    (gradient, index) => gradient ?? g.zerosLike(node.outputs[index] ?? ''),
  )
  return [g.emit('Concat', parts, { axis: intAttribute(node, 'axis', 0) })]
}

/** y = x[.., indices, ..] along one axis: each part of dy is added where it came from. */
const gather: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const indices = input(node, 1)
  const shape = g.shape(x)
  const axis = positiveAxis(intAttribute(node, 'axis', 0), shape.length)
  const size = shape[axis]
  const run = runOf(g.constantNumbers(indices), size)
  const rank = g.shape(indices).length
  if (run === undefined || typeof size !== 'number' || rank > 1) {
    return [addRowsBack(g, dy, indices, x, axis)]
  }
  const kept = rank === 0 ? g.emit('Unsqueeze', [dy, g.ints([axis])]) : dy
  const before = shape.map((_, i) => (i === axis ? run.start : 0))
  const after = shape.map((_, i) => (i === axis ? size - run.start - run.count : 0))
  return [padBack(g, kept, before, after)]
}

/** Known indices that follow one another: the usual way of an exporter to take a part. */
function runOf(indices: readonly number[] | undefined, size: number | string | undefined) {
  if (indices === undefined || typeof size !== 'number') return undefined
  const places = indices.map((index) => positiveAxis(index, size))
  const [start] = places
  if (start === undefined || places.some((place, i) => place !== start + i)) return undefined
  return { start, count: places.length }
}

/** y[i] = x[.., indices[i], ..], place by place. */
const gatherElements: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const axis = intAttribute(node, 'axis', 0)
  const zeros = g.zerosLike(x)
  return [g.emit('ScatterElements', [zeros, input(node, 1), dy], { axis, reduction: 'add' })]
}

/** y[i] = x[indices[i]], where the last axis of the indices is one index. */
const gatherND: GradientRule = (g, node, dy) => {
  if (intAttribute(node, 'batch_dims', 0) !== 0) return taking(g, node, dy)
  const zeros = g.zerosLike(input(node, 0))
  return [g.emit('ScatterND', [zeros, input(node, 1), dy], { reduction: 'add' })]
}

/**
 * y = x with updates written (or added) at indices: dupdates = dy there; dx = dy, without what was written over.
 * Places that are written twice have no defined value, and so no gradient. Of a
 * product each gets the product of all others that meet in its place, of an extreme equal ones share.
 */
function scattering(gatherOp: string): GradientRule {
  return (g, node, dy) => {
    const indices = input(node, 1)
    const reduction = stringAttribute(node, 'reduction', 'none')
    const gather = (data: Value) => g.emitLike({ ...node, op: gatherOp }, [data, indices], ['axis'])
    if (reduction === 'add') return [dy, undefined, gather(dy)]
    const rule = Object.hasOwn(reducing, reduction) ? reducing[reduction] : undefined
    if (rule !== undefined) {
      const axis = attribute(node, 'axis') === undefined ? undefined : intAttribute(node, 'axis', 0)
      const scatter = (data: Value, updates: Value, how: string) =>
        g.emit(node.op, [data, indices, updates], { axis, reduction: how })
      const [dx, du] = rule(g, { x: input(node, 0), u: input(node, 2), y: node.y, gather, scatter })
      return [g.emit('Mul', [dy, dx]), undefined, g.emit('Mul', [gather(dy), du])]
    }
    if (reduction !== 'none') node.refuse(`its reduction '${reduction}' has no rule`)
    const zeros = g.zerosLike(input(node, 2))
    return [g.emitLike(node, [dy, indices, zeros]), undefined, gather(dy)]
  }
}

/** What the slopes of a reduction by places are made of: x, the updates, and ways between their places. */
interface Reducing {
  readonly x: Value
  readonly u: Value
  readonly y: Value
  readonly gather: (data: Value) => Value
  readonly scatter: (data: Value, updates: Value, reduction: string) => Value
}

/** dy / dx and dy / du, place by place. */
type Slopes = (g: GradientBuilder, places: Reducing) => readonly [Value, Value]

/** The product of all others that meet in a place: where one of them is 0 that of the rest is 0, too. */
const scatteredProduct: Slopes = (g, { x, u, gather, scatter }) => {
  const zero = g.scalar(0, x)
  const one = g.scalar(1, x)
  const parts = [x, u].map((value) => {
    const isZero = g.emit('Equal', [value, zero])
    return { filled: g.emit('Where', [isZero, one, value]), zeros: asNumber(g, isZero, value) }
  })
  const [own, others] = [parts[0]!, parts[1]!]
  const product = scatter(own.filled, others.filled, 'mul')
  const zeros = scatter(own.zeros, others.zeros, 'add')
  const slope = (part: typeof own, all: Value, count: Value) => {
    const isOtherZero = g.emit('Greater', [count, part.zeros])
    return g.emit('Where', [isOtherZero, zero, g.emit('Div', [all, part.filled])])
  }
  return [slope(own, product, zeros), slope(others, gather(product), gather(zeros))]
}

/** Equal winners of a place share its gradient, as in PyTorch. */
const scatteredExtreme: Slopes = (g, { x, u, y, gather, scatter }) => {
  const [own, others] = [
    asNumber(g, g.emit('Equal', [x, y]), x),
    asNumber(g, g.emit('Equal', [u, gather(y)]), u),
  ]
  const winners = scatter(own, others, 'add')
  return [g.emit('Div', [own, winners]), g.emit('Div', [others, gather(winners)])]
}

/** Reductions that a scatter may apply beside writing and adding. */
const reducing: Readonly<Record<string, Slopes>> = {
  mul: scatteredProduct,
  max: scatteredExtreme,
  min: scatteredExtreme,
}

/** y = x with a border: dx is dy without it. Borders that repeat x are added back to where they came from. */
const pad: GradientRule = (g, node, dy) => {
  const pads = input(node, 1)
  if (stringAttribute(node, 'mode', 'constant') !== 'constant') {
    // The value of the border, which no other mode reads, is of another type than positions.
    const others = [pads, undefined, optionalInput(node, 3)]
    const again = (positions: Value) => g.emitLike(node, [positions, ...others])
    return [addBack(g, dy, input(node, 0), again)]
  }
  const value = optionalInput(node, 2)
  const padded = (data: Value, by: Value) =>
    g.emit('Pad', [data, by, undefined, optionalInput(node, 3)])
  const dx = padded(dy, g.emit('Neg', [pads]))
  if (value === undefined) return [dx]
  const inBorder = g.emit('Sub', [dy, padded(dx, pads)])
  const sum = g.emit('ReduceSum', [inBorder], { keepdims: 0 })
  return [dx, undefined, g.reshapeLike(sum, value)]
}

/** The largest values: each gives its gradient to the place it was found in. */
const topK: GradientRule = (g, node, dy) => {
  const axis = intAttribute(node, 'axis', -1)
  const zeros = g.zerosLike(input(node, 0))
  return [g.emit('ScatterElements', [zeros, node.extraOutput(1), dy], { axis })]
}

/** Turned back, a turned sequence is itself. */
const reverseSequence: GradientRule = (g, node, dy) => [again(g, node, dy)]

/** y = off + (on - off) mask: both values get the sum of dy over their places. */
const oneHot: GradientRule = (g, node, dy) => {
  const values = input(node, 2)
  const bounds = g.tensor(new Float32Array([0, 1]), [2], values)
  const mask = g.emitLike(node, [input(node, 0), input(node, 1), bounds])
  const total = (part: Value) => g.emit('ReduceSum', [part], { keepdims: 0 })
  const on = total(g.emit('Mul', [dy, mask]))
  const pair = [g.emit('Sub', [total(dy), on]), on].map((each) =>
    g.emit('Unsqueeze', [each, g.ints([0])]),
  )
  return [undefined, undefined, g.emit('Concat', pair, { axis: 0 })]
}

function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** Operators that take numbers from some places, or put them there. */
export const indexingRules: GradientRules = {
  Split: split,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scattering('GatherElements'),
  ScatterND: scattering('GatherND'),
  Pad: pad,
  TopK: topK,
  Compress: taking,
  ReverseSequence: reverseSequence,
  OneHot: oneHot,
}
