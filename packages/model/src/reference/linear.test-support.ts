import { floatAttribute, intAttribute } from '../attributes.ts'
import {
  at,
  broadcast,
  build,
  pointwise,
  type Reference,
  reference,
} from '../reference-tensor.test-support.ts'
import { given, type Operators, type Run, reshaped, transpose } from './operator.test-support.ts'

function matMul(a: Reference, b: Reference): Reference {
  const left = a.shape.length === 1 ? reshaped(a, [1, ...a.shape]) : a
  const right = b.shape.length === 1 ? reshaped(b, [...b.shape, 1]) : b
  const batch = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2))
  const depth = left.shape.at(-1) ?? 0
  const shape = [...batch, left.shape.at(-2) ?? 1, right.shape.at(-1) ?? 1]
  const y = build(shape, (index) => {
    const lead = index.slice(0, -2)
    let sum = 0
    for (let k = 0; k < depth; k++) {
      sum += at(left, [...lead, index.at(-2) ?? 0, k]) * at(right, [...lead, k, index.at(-1) ?? 0])
    }
    return sum
  })
  const final = shape.filter(
    (_, axis) =>
      !(a.shape.length === 1 && axis === shape.length - 2) &&
      !(b.shape.length === 1 && axis === shape.length - 1),
  )
  return reshaped(y, final)
}

const gemm: Run = (node, [a, b, c]) => {
  const flip = (x: Reference, name: string) =>
    intAttribute(node, name, 0) === 0 ? x : transpose(x, [1, 0])
  const product = matMul(flip(given(a), 'transA'), flip(given(b), 'transB'))
  const alpha = floatAttribute(node, 'alpha', 1)
  const beta = floatAttribute(node, 'beta', 1)
  return pointwise((y, bias) => alpha * y + beta * bias, [product, c ?? reference([], [0])])
}

export const linearOperators: Operators = {
  MatMul: (_, [a, b]) => matMul(given(a), given(b)),
  Gemm: gemm,
}
