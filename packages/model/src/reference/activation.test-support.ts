import { floatAttribute, stringAttribute } from '../attributes.ts'
import { pointwise } from '../reference-tensor.test-support.ts'
import { erf } from './function.test-support.ts'
import { each, given, type Operators } from './operator.test-support.ts'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const softplus = (x: number) => Math.log1p(Math.exp(x))
const hardSigmoid = (x: number, alpha: number, beta: number) =>
  Math.max(0, Math.min(1, alpha * x + beta))

function gelu(x: number, approximate: string): number {
  return approximate === 'tanh'
    ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
    : 0.5 * x * (1 + erf(x / Math.SQRT2))
}

export const activationOperators: Operators = {
  Relu: each((x) => Math.max(0, x)),
  LeakyRelu: each((x, node) => (x < 0 ? floatAttribute(node, 'alpha', 0.01) * x : x)),
  ThresholdedRelu: each((x, node) => (x > floatAttribute(node, 'alpha', 1) ? x : 0)),
  Shrink: each((x, node) => {
    const lambd = floatAttribute(node, 'lambd', 0.5)
    const bias = floatAttribute(node, 'bias', 0)
    return x < -lambd ? x + bias : x > lambd ? x - bias : 0
  }),
  PRelu: (_, [x, slope]) => pointwise((a, b) => (a < 0 ? a * b : a), [given(x), given(slope)]),
  Elu: each((x, node) => (x < 0 ? floatAttribute(node, 'alpha', 1) * Math.expm1(x) : x)),
  Selu: each((x, node) => {
    const alpha = floatAttribute(node, 'alpha', 1.6732632423543772)
    const gamma = floatAttribute(node, 'gamma', 1.0507009873554805)
    return gamma * (x > 0 ? x : alpha * Math.expm1(x))
  }),
  Celu: each((x, node) => {
    const alpha = floatAttribute(node, 'alpha', 1)
    return Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha))
  }),
  Sigmoid: each(sigmoid),
  HardSigmoid: each((x, node) =>
    hardSigmoid(x, floatAttribute(node, 'alpha', 0.2), floatAttribute(node, 'beta', 0.5)),
  ),
  HardSwish: each((x) => x * hardSigmoid(x, 1 / 6, 0.5)),
  Swish: each((x, node) => x * sigmoid(floatAttribute(node, 'alpha', 1) * x)),
  Mish: each((x) => x * Math.tanh(softplus(x))),
  Softplus: each(softplus),
  Softsign: each((x) => x / (1 + Math.abs(x))),
  Tanh: each(Math.tanh),
  Gelu: each((x, node) => gelu(x, stringAttribute(node, 'approximate', 'none'))),
}
