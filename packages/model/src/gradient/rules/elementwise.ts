import { float } from '../../attributes.ts'
import { elementTypeOf, elementTypes } from '../../element-type.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, unary } from '../rule.ts'
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

/**
 * A cast between floats passes the gradient back in the type it came from. What was rounded before has a gradient in
 * floats, if any.
 */
const cast: GradientRule = (g, node, dy) => {
  const to = elementTypeOf(elementTypes[g.type(input(node, 0))].code)
  return to === undefined || !elementTypes[to].isFloat
    ? [dy]
    : [g.emit('Cast', [dy], { to: elementTypes[to].code })]
}

/** y = a^b: da = dy b a^(b - 1), db = dy y log(a). An exponent of 0 and a base of 0 are constant from there. */
const generalPow = binary((g, dy, a, exponent, y) => {
  const zero = g.scalar(0, a)
  const b = g.type(a) === g.type(exponent) ? exponent : g.emit('CastLike', [exponent, a])
  const lower = g.emit('Pow', [a, g.emit('Sub', [b, g.scalar(1, a)])])
  const isFlat = g.emit('Equal', [b, zero])
  const slope = g.emit('Where', [isFlat, zero, g.emit('Mul', [b, lower])])
  const isRoot = g.emit('Not', [g.emit('Less', [b, zero])])
  const isNull = g.emit('And', [g.emit('Equal', [a, zero]), isRoot])
  const growth = g.emit('Where', [isNull, zero, g.emit('Mul', [y, g.emit('Log', [a])])])
  return [g.emit('Mul', [dy, slope]), g.emit('Mul', [dy, growth])]
})

/** Squares, cubes and roots: a single exponent that stands in the graph, c, gives da = dy c a^(c - 1). */
const pow: GradientRule = (g, node, dy) => {
  const a = input(node, 0)
  const b = input(node, 1)
  const [c = 0, ...others] = g.isLearnt(b) ? [] : (g.constantNumbers(b) ?? [])
  if (c === 0 || others.length > 0) return generalPow(g, node, dy)
  const lower = c === 2 ? a : g.emit('Pow', [a, g.scalar(c - 1, a)])
  const slope = g.emit('Mul', [lower, g.scalar(c, a)])
  return [g.sumToShapeOf(g.emit('Mul', [dy, slope]), g.shape(node.y), a)]
}

/** y = a - b trunc(a / b), which is a fmod b: da = dy, db = -dy trunc(a / b), and trunc(a / b) = (a - y) / b. */
const mod = binary((g, dy, a, b, y) => {
  const quotient = g.emit('Div', [g.emit('Sub', [a, y]), b])
  return [dy, g.emit('Neg', [g.emit('Mul', [dy, quotient])])]
})

/** y = sum of all operands, each summed back over its broadcast axes. */
const sum: GradientRule = (g, node, dy) =>
  node.inputs.map((x) => g.sumToShapeOf(dy, g.shape(node.y), x))

/** Arithmetic number by number. */
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
  // (a^b)' = b a^(b - 1) a' + y log(a) b'
  Pow: pow,
  // fmod(a, b)' = a' - trunc(a / b) b'
  Mod: mod,
  // (a + b + ...)' = a' + b' + ...
  Sum: sum,
  // mean(a, b, ...)' = (a' + b' + ...) / n
  Mean: (g, node, dy) =>
    sum(g, node, g.emit('Mul', [dy, g.scalar(1 / node.inputs.length, node.y)])),
  // (-x)' = -1
  Neg: (g, _, dy) => [g.emit('Neg', [dy])],
  // x' = 1
  Identity: (_g, _node, dy) => [dy],
  // exp' = exp
  Exp: unary((_g, _x, y) => y),
  // log' = 1 / x
  Log: (g, node, dy) => [g.emit('Div', [dy, input(node, 0)])],
  // sqrt' = 1 / (2 y)
  Sqrt: (g, node, dy) => [g.emit('Div', [g.emit('Mul', [dy, g.scalar(0.5, node.y)]), node.y])],
  // cast' = 1
  Cast: cast,
}
