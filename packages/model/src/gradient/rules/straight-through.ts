import { intAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, type RuleNode } from '../rule.ts'

/** The rounding itself is taken for the identity. */
const identity: GradientRule = (_, __, dy) => [dy]

/** q = saturate(round(x / s) + z): dx = dq / s where x is not cut off. */
const quantize: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const scale = alongAxis(g, node, x)
  const attributes = { axis: intAttribute(node, 'axis', 1) }
  const back = g.emit('DequantizeLinear', [node.y, ...node.inputs.slice(1)], attributes)
  const miss = g.emit('Abs', [g.emit('Sub', [x, back])])
  // Rounding misses by half a step; what misses by more was cut off. The rest is for rounding of the comparison itself.
  const most = g.emit('Mul', [scale, g.scalar(0.501, x)])
  const slope = g.emit('Div', [dy, scale])
  return [g.emit('Where', [g.emit('Greater', [miss, most]), g.scalar(0, x), slope])]
}

/** y = (q - z) s: dq = dy s. */
const dequantize: GradientRule = (g, node, dy) => [g.emit('Mul', [dy, alongAxis(g, node, node.y)])]

/** Scale and zero are chosen so that nothing is cut off; they are taken for constants. */
const dynamicQuantize: GradientRule = (g, node) => {
  const [dq] = node.outputGradients
  return [dq === undefined ? undefined : g.emit('Div', [dq, node.extraOutput(1)])]
}

/** The scale in the shape in which it meets a value: one number, or one per place along the axis. */
function alongAxis(g: GradientBuilder, node: RuleNode, value: Value): Value {
  const scale = input(node, 1)
  const shape = g.shape(scale)
  if (intAttribute(node, 'block_size', 0) !== 0) node.refuse('it has a scale for each block')
  if (shape.length === 0 || (shape.length === 1 && shape[0] === 1)) return scale
  const rank = g.shape(value).length
  const stated = intAttribute(node, 'axis', 1)
  const axis = stated < 0 ? stated + rank : stated
  const behind = Array.from({ length: rank - 1 - axis }, () => 1)
  return g.emit('Reshape', [scale, g.ints([-1, ...behind])])
}

/**
 * Estimates for operators that round, whose true derivative is zero or none (Bengio, Leonard and Courville 2013): used
 * only where they are asked for, and always said.
 */
export const straightThroughRules: GradientRules = {
  Round: identity,
  Floor: identity,
  Ceil: identity,
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
}
