import { intAttribute } from '../attributes.ts'
import { elementTypeOf } from '../element-type.ts'
import { at, build, pointwise, type Reference } from '../reference-tensor.test-support.ts'
import { both, each, given, type Operators, type Run } from './operator.test-support.ts'

function cast(x: Reference, type: string | undefined): Reference {
  if (type === 'bool') return pointwise((value) => Number(value !== 0), [x], 'bool')
  if (type === 'int64') return pointwise(Math.trunc, [x], 'int64')
  return { ...x, type: 'float32' }
}

function all(f: (...numbers: number[]) => number): Run {
  return (_, inputs) => pointwise(f, inputs.map(given))
}

const sum = (...numbers: number[]) => numbers.reduce((total, value) => total + value, 0)

export const elementwiseOperators: Operators = {
  Add: both((a, b) => a + b),
  Sub: both((a, b) => a - b),
  Mul: both((a, b) => a * b),
  Div: both((a, b) => a / b),
  Pow: both((a, b) => a ** b),
  // The remainder with the sign of the dividend (fmod = 1), else with that of the divisor.
  Mod: (node, inputs) =>
    both(
      intAttribute(node, 'fmod', 0) === 1 ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b),
    )(node, inputs),
  Max: all(Math.max),
  Min: all(Math.min),
  Sum: all(sum),
  Mean: all((...numbers) => sum(...numbers) / numbers.length),
  Equal: both((a, b) => Number(a === b), 'bool'),
  Less: both((a, b) => Number(a < b), 'bool'),
  Greater: both((a, b) => Number(a > b), 'bool'),
  And: both((a, b) => a && b, 'bool'),
  Not: (_, [x]) => pointwise((is) => Number(!is), [given(x)], 'bool'),
  Where: (_, [c, a, b]) =>
    pointwise((is, x, y) => (is ? x : y), [given(c), given(a), given(b)], given(a).type),
  Identity: each((x) => x),
  Clip: (_, [x, low, high]) =>
    pointwise(
      (value) => Math.min(Math.max(value, low?.data[0] ?? -Infinity), high?.data[0] ?? Infinity),
      [given(x)],
    ),
  Cast: (node, [x]) => cast(given(x), elementTypeOf(intAttribute(node, 'to', 0))),
  CastLike: (_, [x, like]) => cast(given(x), given(like).type),
  Dropout: each((x) => x),
  Trilu: (node, [x, k]) => {
    const isUpper = intAttribute(node, 'upper', 1) === 1
    return build(given(x).shape, (index) => {
      const beyond = index.at(-1)! - index.at(-2)! - (k?.data[0] ?? 0)
      return (isUpper ? beyond >= 0 : beyond <= 0) ? at(given(x), index) : 0
    })
  },
}
