import { float, floatAttribute, stringAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, type RuleNode, unary } from '../rule.ts'
import { isPositive } from './elementwise.ts'

/** `above` where x > bound, else `below`: what is not chosen may be infinite. */
function byGreater(g: GradientBuilder, x: Value, bound: number, above: Value, below: Value): Value {
  return g.emit('Where', [g.emit('Greater', [x, g.scalar(bound, x)]), above, below])
}

/** gelu = x cdf(x), so gelu' = cdf(x) + x pdf(x) of the normal distribution. */
function gelu(g: GradientBuilder, x: Value): Value {
  const one = g.scalar(1, x)
  const half = g.scalar(0.5, x)
  const root = g.emit('Mul', [x, g.scalar(Math.SQRT1_2, x)])
  const cdf = g.emit('Mul', [half, g.emit('Add', [one, g.emit('Erf', [root])])])
  const bell = g.emit('Exp', [g.emit('Neg', [g.emit('Mul', [root, root])])])
  const pdf = g.emit('Mul', [bell, g.scalar(1 / Math.sqrt(2 * Math.PI), x)])
  return g.emit('Add', [cdf, g.emit('Mul', [x, pdf])])
}

/**
 * y = x (1 + tanh u) / 2 with u = c (x + k x^3), which is x s with s = sigmoid(2 u), and that does not cancel where u < 0:
 *   y' = s + 2 x s (1 - s) c (1 + 3 k x^2)
 */
function geluTanh(g: GradientBuilder, x: Value): Value {
  const number = (value: number) => g.scalar(value, x)
  const times = (a: Value, b: Value) => g.emit('Mul', [a, b])
  const c = 2 * Math.sqrt(2 / Math.PI)
  const k = 0.044715
  const square = times(x, x)
  const bent = g.emit('Add', [number(c), times(number(c * k), square)])
  const s = g.emit('Sigmoid', [times(x, bent)])
  const steep = g.emit('Add', [number(c), times(number(3 * c * k), square)])
  const inner = times(times(x, times(s, g.emit('Sub', [number(1), s]))), steep)
  return g.emit('Add', [s, inner])
}

/** y = x s with s = sigmoid(alpha x): y' = s + alpha y (1 - s). */
function swish(g: GradientBuilder, x: Value, y: Value, node: RuleNode): Value {
  const alpha = g.scalar(floatAttribute(node, 'alpha', 1), x)
  const s = g.emit('Sigmoid', [g.emit('Mul', [alpha, x])])
  const rest = g.emit('Mul', [y, g.emit('Sub', [g.scalar(1, x), s])])
  return g.emit('Add', [s, g.emit('Mul', [alpha, rest])])
}

/** y = x t with t = tanh(softplus(x)): y' = t + x (1 - t^2) sigmoid(x). */
function mish(g: GradientBuilder, x: Value): Value {
  const t = g.emit('Tanh', [g.emit('Softplus', [x])])
  const steep = g.emit('Sub', [g.scalar(1, x), g.emit('Mul', [t, t])])
  const inner = g.emit('Mul', [g.emit('Mul', [x, steep]), g.emit('Sigmoid', [x])])
  return g.emit('Add', [t, inner])
}

/** [0 < y < 1] for y = min(max(y', 0), 1): 1 where a hard sigmoid still rises. */
function rises(g: GradientBuilder, y: Value, like: Value): Value {
  return g.emit('Mul', [isPositive(g, y), isPositive(g, g.emit('Sub', [g.scalar(1, like), y]))])
}

/** y = x h with h = hard_sigmoid(x; 1/6, 1/2): y' = h + x / 6 [0 < h < 1]. */
function hardSwish(g: GradientBuilder, x: Value): Value {
  const h = g.emit('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) })
  const slope = g.emit('Mul', [x, g.scalar(1 / 6, x)])
  return g.emit('Add', [h, g.emit('Mul', [slope, rises(g, h, x)])])
}

/** y = x if x > 0, else a x, where a is broadcast to x: dx = dy or a dy, da = sum x dy over x <= 0. */
const prelu: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const a = input(node, 1)
  const dx = byGreater(g, x, 0, dy, g.emit('Mul', [dy, a]))
  const da = byGreater(g, x, 0, g.scalar(0, x), g.emit('Mul', [dy, x]))
  return [dx, g.sumToShapeOf(da, g.shape(x), a)]
}

/** Activations of neural networks. */
export const activationRules: GradientRules = {
  // relu' = [y > 0]
  Relu: unary((g, _, y) => isPositive(g, y)),
  // leaky' = alpha + (1 - alpha) [x > 0]
  LeakyRelu: unary((g, x, _, node) => {
    const alpha = floatAttribute(node, 'alpha', 0.01)
    const above = g.emit('Mul', [isPositive(g, x), g.scalar(1 - alpha, x)])
    return g.emit('Add', [above, g.scalar(alpha, x)])
  }),
  // thresholded' = [x > alpha]
  ThresholdedRelu: unary((g, x, _, node) => {
    const alpha = floatAttribute(node, 'alpha', 1)
    return byGreater(g, x, alpha, g.scalar(1, x), g.scalar(0, x))
  }),
  // shrink' = [|x| > lambd]
  Shrink: unary((g, x, _, node) => {
    const lambd = g.scalar(floatAttribute(node, 'lambd', 0.5), x)
    const isKept = g.emit('Greater', [g.emit('Abs', [x]), lambd])
    return g.emit('Where', [isKept, g.scalar(1, x), g.scalar(0, x)])
  }),
  PRelu: prelu,
  // elu' = 1 if x > 0, else alpha exp(x) = y + alpha
  Elu: unary((g, x, y, node) => {
    const alpha = g.scalar(floatAttribute(node, 'alpha', 1), x)
    return byGreater(g, x, 0, g.scalar(1, x), g.emit('Add', [y, alpha]))
  }),
  // selu' = gamma if x > 0, else gamma alpha exp(x) = y + gamma alpha
  Selu: unary((g, x, y, node) => {
    const gamma = floatAttribute(node, 'gamma', 1.0507009873554805)
    const alpha = floatAttribute(node, 'alpha', 1.6732632423543772)
    const below = g.emit('Add', [y, g.scalar(gamma * alpha, x)])
    return byGreater(g, x, 0, g.scalar(gamma, x), below)
  }),
  // celu' = 1 if x > 0, else exp(x / alpha) = 1 + y / alpha
  Celu: unary((g, x, y, node) => {
    const alpha = g.scalar(floatAttribute(node, 'alpha', 1), x)
    const below = g.emit('Add', [g.scalar(1, x), g.emit('Div', [y, alpha])])
    return byGreater(g, x, 0, g.scalar(1, x), below)
  }),
  // sigmoid' = y (1 - y)
  Sigmoid: unary((g, x, y) => g.emit('Mul', [y, g.emit('Sub', [g.scalar(1, x), y])])),
  // hard_sigmoid' = alpha [0 < y < 1]
  HardSigmoid: unary((g, x, y, node) =>
    g.emit('Mul', [rises(g, y, x), g.scalar(floatAttribute(node, 'alpha', 0.2), x)]),
  ),
  // tanh' = 1 - y^2
  Tanh: unary((g, x, y) => g.emit('Sub', [g.scalar(1, x), g.emit('Mul', [y, y])])),
  // softplus' = sigmoid
  Softplus: unary((g, x) => g.emit('Sigmoid', [x])),
  // softsign' = 1 / (1 + |x|)^2
  Softsign: unary((g, x) => {
    const r = g.emit('Reciprocal', [g.emit('Add', [g.scalar(1, x), g.emit('Abs', [x])])])
    return g.emit('Mul', [r, r])
  }),
  // gelu' = cdf(x) + x pdf(x) of the normal distribution; approximate = tanh: the derivative of that formula
  Gelu: unary((g, x, _, node) =>
    stringAttribute(node, 'approximate', 'none') === 'tanh' ? geluTanh(g, x) : gelu(g, x),
  ),
  Swish: unary(swish),
  Mish: unary(mish),
  HardSwish: unary(hardSwish),
}
