import { floatAttribute, intAttribute } from '../attributes.ts'
import { elementTypeOf } from '../element-type.ts'
import { pointwise, type Reference } from '../reference-tensor.test-support.ts'
import { both, each, given, type Operators } from './operator.test-support.ts'

function cast(x: Reference, type: string | undefined): Reference {
  if (type === 'bool') return pointwise((value) => Number(value !== 0), [x], 'bool')
  if (type === 'int64') return pointwise(Math.trunc, [x], 'int64')
  return { ...x, type: 'float32' }
}

export const elementwiseOperators: Operators = {
  Add: both((a, b) => a + b),
  Sub: both((a, b) => a - b),
  Mul: both((a, b) => a * b),
  Div: both((a, b) => a / b),
  Equal: both((a, b) => Number(a === b), 'bool'),
  Less: both((a, b) => Number(a < b), 'bool'),
  Greater: both((a, b) => Number(a > b), 'bool'),
  Where: (_, [c, a, b]) =>
    pointwise((is, x, y) => (is ? x : y), [given(c), given(a), given(b)], given(a).type),
  Neg: each((x) => -x),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Sqrt: each(Math.sqrt),
  Reciprocal: each((x) => 1 / x),
  Identity: each((x) => x),
  Relu: each((x) => Math.max(0, x)),
  LeakyRelu: each((x, node) => (x < 0 ? floatAttribute(node, 'alpha', 0.01) * x : x)),
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  Tanh: each(Math.tanh),
  HardSigmoid: each((x, node) =>
    Math.max(
      0,
      Math.min(1, floatAttribute(node, 'alpha', 0.2) * x + floatAttribute(node, 'beta', 0.5)),
    ),
  ),
  Clip: (_, [x, low, high]) =>
    pointwise(
      (value) => Math.min(Math.max(value, low?.data[0] ?? -Infinity), high?.data[0] ?? Infinity),
      [given(x)],
    ),
  Cast: (node, [x]) => cast(given(x), elementTypeOf(intAttribute(node, 'to', 0))),
  CastLike: (_, [x, like]) => cast(given(x), given(like).type),
  Dropout: each((x) => x),
}
