import { intAttribute, intsAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import {
  type GradientRule,
  type GradientRules,
  input,
  optionalInput,
  type RuleNode,
} from '../rule.ts'
import { asNumber } from './selection.ts'

/** The reduced axes; since opset 13 (sums) and 18 (the rest) they are an input. */
function reducedAxes(g: GradientBuilder, node: RuleNode, rank: number): number[] {
  const given = optionalInput(node, 1)
  const axes =
    given === undefined
      ? intsAttribute(node, 'axes')
      : (g.constantNumbers(given) ?? node.refuse('its axes are computed while the graph runs'))
  if (axes !== undefined && axes.length > 0) {
    return axes.map((axis) => (axis < 0 ? axis + rank : axis))
  }
  if (intAttribute(node, 'noop_with_empty_axes', 0) === 1) return []
  return Array.from({ length: rank }, (_, axis) => axis)
}

/** What a rule of a reduction works with. */
interface Reduction {
  readonly x: Value
  readonly axes: readonly number[]
  /** y and dy with the reduced axes kept at size 1, so that they broadcast against x. */
  readonly y: Value
  readonly dy: Value
}

/** A rule from the formula of dx, whose result may still be broadcastable to x. */
function reduction(formula: (g: GradientBuilder, reduced: Reduction) => Value): GradientRule {
  return (g, node, dy) => {
    const x = input(node, 0)
    const axes = reducedAxes(g, node, g.shape(x).length)
    const isKept = intAttribute(node, 'keepdims', 1) === 1 || axes.length === 0
    const kept = (value: Value) => (isKept ? value : g.emit('Unsqueeze', [value, g.ints(axes)]))
    return [formula(g, { x, axes, y: kept(node.y), dy: kept(dy) })]
  }
}

/** Reduces along axes that are kept; the axes moved from an attribute to an input, for sums first. */
export function reduceKept(g: GradientBuilder, op: string, x: Value, axes: readonly number[]) {
  if (axes.length === 0) return x
  const isInput = op === 'ReduceSum' || g.graph.opset >= 18
  return isInput
    ? g.emit(op, [x, g.ints(axes)], { keepdims: 1 })
    : g.emit(op, [x], { keepdims: 1, axes })
}

/** mean' v = v / n, where n may depend on the batch. */
const reduceMean = reduction((g, { x, y, axes, dy }) => {
  const sizes = axes.map((axis) => g.shape(x)[axis])
  const known = sizes.filter((size) => typeof size === 'number')
  const count =
    known.length === sizes.length
      ? g.scalar(
          known.reduce((product, size) => product * size, 1),
          x,
        )
      : g.emit('CastLike', [g.emit('Div', [g.emit('Size', [x]), g.emit('Size', [y])]), x])
  return g.expandLike(g.emit('Div', [dy, count]), x)
})

/** Equal extremes share the gradient evenly, as in PyTorch. */
const reduceExtreme = reduction((g, { x, axes, y, dy }) => {
  const isWinner = asNumber(g, g.emit('Equal', [x, y]), x)
  const share = g.emit('Div', [dy, reduceKept(g, 'ReduceSum', isWinner, axes)])
  return g.emit('Mul', [isWinner, share])
})

/** The product of all other numbers: y / x, but where x = 0 the product without it, and 0 if others are 0. */
const reduceProd = reduction((g, { x, axes, dy }) => {
  const isZero = g.emit('Equal', [x, g.scalar(0, x)])
  const filled = g.emit('Where', [isZero, g.scalar(1, x), x])
  const zeros = asNumber(g, isZero, x)
  const otherZeros = g.emit('Sub', [reduceKept(g, 'ReduceSum', zeros, axes), zeros])
  const product = g.emit('Div', [reduceKept(g, 'ReduceProd', filled, axes), filled])
  const slope = g.emit('Where', [
    g.emit('Equal', [otherZeros, g.scalar(0, x)]),
    product,
    g.scalar(0, x),
  ])
  return g.emit('Mul', [dy, slope])
})

/** x / |x|, and 0 for the vector of zeros, as in PyTorch. */
const reduceL2 = reduction((g, { x, y, dy }) => {
  const zero = g.scalar(0, x)
  const ratio = g.emit('Where', [g.emit('Equal', [y, zero]), zero, g.emit('Div', [dy, y])])
  return g.emit('Mul', [x, ratio])
})

/** softmax' v = y (v - sum(v y)) along the axis. */
const softmax: GradientRule = (g, node, dy) => {
  const axes = g.ints([intAttribute(node, 'axis', -1)])
  const weighted = g.emit('Mul', [dy, node.y])
  const mean = g.emit('ReduceSum', [weighted, axes], { keepdims: 1 })
  return [g.emit('Sub', [weighted, g.emit('Mul', [node.y, mean])])]
}

/** log_softmax' v = v - exp(y) sum(v) along the axis. */
const logSoftmax: GradientRule = (g, node, dy) => {
  const axes = g.ints([intAttribute(node, 'axis', -1)])
  const total = g.emit('ReduceSum', [dy, axes], { keepdims: 1 })
  return [g.emit('Sub', [dy, g.emit('Mul', [g.emit('Exp', [node.y]), total])])]
}

/** cumsum is linear: its transpose runs the other way. */
const cumSum: GradientRule = (g, node, dy) => [
  g.emit('CumSum', [dy, input(node, 1)], {
    exclusive: intAttribute(node, 'exclusive', 0),
    reverse: 1 - intAttribute(node, 'reverse', 0),
  }),
]

/** y_i = start + i delta: dstart = sum dy, ddelta = sum i dy; where it ends moves nothing. */
const range: GradientRule = (g, node, dy) => {
  const start = input(node, 0)
  const delta = input(node, 2)
  const count = g.emit('Squeeze', [g.emit('Shape', [node.y])])
  const places = g.emit('CastLike', [g.emit('Range', [g.int(0), count, g.int(1)]), dy])
  const total = (value: Value, like: Value) =>
    g.reshapeLike(g.emit('ReduceSum', [value], { keepdims: 0 }), like)
  return [total(dy, start), undefined, total(g.emit('Mul', [dy, places]), delta)]
}

/** Operators that add numbers up along axes. */
export const reductionRules: GradientRules = {
  // (sum x)' = 1
  ReduceSum: reduction((g, { x, dy }) => g.expandLike(dy, x)),
  ReduceMean: reduceMean,
  // (max x)' = [x = y] / sum [x = y]
  ReduceMax: reduceExtreme,
  // (min x)' = [x = y] / sum [x = y]
  ReduceMin: reduceExtreme,
  ReduceProd: reduceProd,
  // (sum |x|)' = sign(x)
  ReduceL1: reduction((g, { x, dy }) => g.emit('Mul', [g.emit('Sign', [x]), dy])),
  ReduceL2: reduceL2,
  // (sum x^2)' = 2 x
  ReduceSumSquare: reduction((g, { x, dy }) =>
    g.emit('Mul', [g.emit('Mul', [x, g.scalar(2, x)]), dy]),
  ),
  // (log sum x)' = 1 / sum x = exp(-y)
  ReduceLogSum: reduction((g, { x, y, dy }) =>
    g.expandLike(g.emit('Mul', [dy, g.emit('Exp', [g.emit('Neg', [y])])]), x),
  ),
  // (log sum exp x)' = exp(x - y)
  ReduceLogSumExp: reduction((g, { x, y, dy }) =>
    g.emit('Mul', [dy, g.emit('Exp', [g.emit('Sub', [x, y])])]),
  ),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  CumSum: cumSum,
  Range: range,
}
