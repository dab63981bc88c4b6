import { float, floatAttribute } from '../../attributes.ts'
import { elementTypeOf, elementTypes } from '../../element-type.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, optionalInput, unary } from '../rule.ts'
import { broadcastShape } from '../value-facts.ts'

/** 1 where x > 0, else 0: the hard sigmoid with an endless slope, which the runtime fuses where a comparison would not. */
export function isPositive(g: GradientBuilder, x: Value): Value {
  return g.emit('HardSigmoid', [x], { alpha: float(1e30), beta: float(0) })
}

/** Sums both gradients of y = a o b back over the broadcast axes. */
function binary(
  slopes: (g: GradientBuilder, dy: Value, a: Value, b: Value, y: Value) => readonly [Value, Value],
): GradientRule {
  return (g, node, dy) => {
    const a = input(node, 0)
    const b = input(node, 1)
    const shape = broadcastShape(g.shape(a), g.shape(b))
    const [da, db] = slopes(g, dy, a, b, node.y)
    return [g.sumToShapeOf(da, shape, a), g.sumToShapeOf(db, shape, b)]
  }
}

/** y = min(max(x, low), high): the slope is 1 where nothing was cut, bounds included. */
const clip: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const zero = g.scalar(0, x)
  const cut = (op: string, bound: Value | undefined) =>
    bound === undefined
      ? undefined
      : g.emit('ReduceSum', [g.emit('Where', [g.emit(op, [x, bound]), dy, zero])], { keepdims: 0 })
  const whole = g.emit('Where', [g.emit('Equal', [x, node.y]), dy, zero])
  return [whole, cut('Less', optionalInput(node, 1)), cut('Greater', optionalInput(node, 2))]
}

/** A cast between floats passes the gradient back in the type it came from; any other cast ends it. */
const cast: GradientRule = (g, node, dy) => {
  const to = elementTypeOf(elementTypes[g.type(input(node, 0))].code)
  return to === undefined || !elementTypes[to].isFloat
    ? [undefined]
    : [g.emit('Cast', [dy], { to: elementTypes[to].code })]
}

/** Operators that act on each number by itself. */
export const elementwiseRules: GradientRules = {
  // (a + b)' = a' + b'
  Add: binary((_, dy) => [dy, dy]),
  // (a - b)' = a' - b'
  Sub: binary((g, dy) => [dy, g.emit('Neg', [dy])]),
  // (a b)' = b a' + a b'
  Mul: binary((g, dy, a, b) => [g.emit('Mul', [dy, b]), g.emit('Mul', [dy, a])]),
  // (a / b)' = a' / b - (y / b) b'
  Div: binary((g, dy, _, b, y) => {
    const da = g.emit('Div', [dy, b])
    return [da, g.emit('Neg', [g.emit('Mul', [da, y])])]
  }),
  // (-x)' = -1
  Neg: (g, _, dy) => [g.emit('Neg', [dy])],
  // x' = 1
  Identity: (_g, _node, dy) => [dy],
  // relu' = [y > 0]
  Relu: unary((g, _, y) => isPositive(g, y)),
  // leaky' = alpha + (1 - alpha) [x > 0]
  LeakyRelu: unary((g, x, _, node) => {
    const alpha = floatAttribute(node, 'alpha', 0.01)
    const above = g.emit('Mul', [isPositive(g, x), g.scalar(1 - alpha, x)])
    return g.emit('Add', [above, g.scalar(alpha, x)])
  }),
  // sigmoid' = y (1 - y)
  Sigmoid: unary((g, x, y) => g.emit('Mul', [y, g.emit('Sub', [g.scalar(1, x), y])])),
  // tanh' = 1 - y^2
  Tanh: unary((g, x, y) => g.emit('Sub', [g.scalar(1, x), g.emit('Mul', [y, y])])),
  // exp' = exp
  Exp: unary((_g, _x, y) => y),
  // log' = 1 / x
  Log: (g, node, dy) => [g.emit('Div', [dy, input(node, 0)])],
  // sqrt' = 1 / (2 y)
  Sqrt: (g, node, dy) => [g.emit('Div', [g.emit('Mul', [dy, g.scalar(0.5, node.y)]), node.y])],
  // clip' = [y = x]; d/d low = sum [x < low], d/d high = sum [x > high]
  Clip: clip,
  // cast' = 1
  Cast: cast,
}
