import { intAttribute, intsAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import {
  type GradientRule,
  type GradientRules,
  input,
  optionalInput,
  type RuleNode,
} from '../rule.ts'
import type { Shape } from '../value-facts.ts'

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

/** Broadcasts dy of a reduction over the axes that it lost. */
function spread(g: GradientBuilder, x: Value, axes: readonly number[], dy: Value): Value {
  const shape = g.shape(x)
  const kept: Shape = shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const free = kept.filter((size) => typeof size === 'string').length
  const aligned = free > 1 ? g.emit('Unsqueeze', [dy, g.ints(axes)]) : g.reshape(dy, kept, x)
  return g.expandLike(aligned, x)
}

const reduceSum: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const axes = reducedAxes(g, node, g.shape(x).length)
  return [spreadKept(g, node, x, axes, dy)]
}

/** With kept axes dy can be broadcast as it is. */
function spreadKept(
  g: GradientBuilder,
  node: RuleNode,
  x: Value,
  axes: readonly number[],
  dy: Value,
): Value {
  const isKept = intAttribute(node, 'keepdims', 1) === 1
  return isKept ? g.expandLike(dy, x) : spread(g, x, axes, dy)
}

const reduceMean: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const shape = g.shape(x)
  const axes = reducedAxes(g, node, shape.length)
  const sizes = axes.map((axis) => shape[axis])
  const whole = sizes.filter((size) => typeof size === 'number')
  const count =
    whole.length === sizes.length
      ? g.scalar(
          whole.reduce((product, size) => product * size, 1),
          x,
        )
      : g.emit('CastLike', [g.emit('Div', [g.emit('Size', [x]), g.emit('Size', [node.y])]), x])
  return [spreadKept(g, node, x, axes, g.emit('Div', [dy, count]))]
}

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

/** Operators that add numbers up along axes. */
export const reductionRules: GradientRules = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
}
