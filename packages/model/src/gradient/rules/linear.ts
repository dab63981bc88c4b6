import { float, floatAttribute, intAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, optionalInput } from '../rule.ts'
import { broadcastShape, type Shape } from '../value-facts.ts'

/** Y = alpha A' B' + beta C, where A' is A or its transpose. */
const gemm: GradientRule = (g, node, dy) => {
  const a = input(node, 0)
  const b = input(node, 1)
  const c = optionalInput(node, 2)
  // Any number but 0 transposes.
  const transA = intAttribute(node, 'transA', 0) === 0 ? 0 : 1
  const transB = intAttribute(node, 'transB', 0) === 0 ? 0 : 1
  const alpha = float(floatAttribute(node, 'alpha', 1))
  const product = (left: Value, right: Value, leftT: number, rightT: number) =>
    g.emit('Gemm', [left, right], { alpha, transA: leftT, transB: rightT })
  return [
    // dA' = alpha dY B'^T
    transA === 0 ? product(dy, b, 0, 1 - transB) : product(b, dy, transB, 1),
    // dB' = alpha A'^T dY
    transB === 0 ? product(a, dy, 1 - transA, 0) : product(dy, a, 1, transA),
    // dC = beta dY, summed over the axes that C was broadcast along
    c === undefined ? undefined : scaledBias(g, dy, node.y, c, floatAttribute(node, 'beta', 1)),
  ]
}

function scaledBias(g: GradientBuilder, dy: Value, y: Value, c: Value, beta: number): Value {
  const sum = g.sumToShapeOf(dy, g.shape(y), c)
  return beta === 1 ? sum : g.emit('Mul', [sum, g.scalar(beta, y)])
}

/** Y = A B over the last two axes: dA = dY B^T, dB = A^T dY, summed over broadcast batch axes. */
const matMul: GradientRule = (g, node, dy) => {
  const a = input(node, 0)
  const b = input(node, 1)
  const aShape = asMatrix(g.shape(a), 'row')
  const bShape = asMatrix(g.shape(b), 'column')
  const aMatrix = g.shape(a).length === 1 ? g.emit('Unsqueeze', [a, g.ints([0])]) : a
  const bMatrix = g.shape(b).length === 1 ? g.emit('Unsqueeze', [b, g.ints([1])]) : b
  const batch = broadcastShape(aShape.slice(0, -2), bShape.slice(0, -2))
  const dyMatrix = matrixGradient(g, g.shape(a).length === 1, g.shape(b).length === 1, dy)
  const fullA = [...batch, ...aShape.slice(-2)]
  const fullB = [...batch, ...bShape.slice(-2)]
  const da = g.emit('MatMul', [dyMatrix, transposed(g, bMatrix, bShape.length)])
  const db =
    aShape.length > 2 && bShape.length === 2
      ? flatProduct(g, aMatrix, aShape, dyMatrix, [...batch, aShape.at(-2), bShape.at(-1)])
      : g.emit('MatMul', [transposed(g, aMatrix, aShape.length), dyMatrix])
  const isFlat = aShape.length > 2 && bShape.length === 2
  return [
    matrixToOperand(g, da, fullA, a),
    isFlat ? squeezedTo(g, db, b) : matrixToOperand(g, db, fullB, b),
  ]
}

/** A vector counts as a matrix of one row (left) or one column (right). */
function asMatrix(shape: Shape, side: 'row' | 'column'): Shape {
  if (shape.length !== 1) return shape
  return side === 'row' ? [1, ...shape] : [...shape, 1]
}

/** dY with the axes back that a vector operand made vanish. */
function matrixGradient(g: GradientBuilder, aIsVector: boolean, bIsVector: boolean, dy: Value) {
  const column = bIsVector ? g.emit('Unsqueeze', [dy, g.ints([-1])]) : dy
  return aIsVector ? g.emit('Unsqueeze', [column, g.ints([-2])]) : column
}

function transposed(g: GradientBuilder, matrix: Value, rank: number): Value {
  const perm = Array.from({ length: rank }, (_, axis) => axis)
  perm.splice(rank - 2, 2, rank - 1, rank - 2)
  return g.emit('Transpose', [matrix], { perm })
}

/** A^T dY for a stack of A against one B: one product over all rows instead of a sum of products. */
function flatProduct(
  g: GradientBuilder,
  a: Value,
  aShape: Shape,
  dy: Value,
  dyShape: readonly (Shape[number] | undefined)[],
): Value {
  const rows = (value: Value, last: Shape[number] | undefined) =>
    typeof last === 'number'
      ? g.emit('Reshape', [value, g.ints([-1, last])])
      : g.emit('Flatten', [value], { axis: -1 })
  return g.emit('Gemm', [rows(a, aShape.at(-1)), rows(dy, dyShape.at(-1))], { transA: 1 })
}

function matrixToOperand(g: GradientBuilder, matrix: Value, full: Shape, operand: Value): Value {
  const shape = g.shape(operand)
  if (shape.length >= 2) return g.sumToShapeOf(matrix, full, operand)
  const batchAxes = Array.from({ length: full.length - 2 }, (_, axis) => axis)
  const sum =
    batchAxes.length === 0
      ? matrix
      : g.emit('ReduceSum', [matrix, g.ints(batchAxes)], { keepdims: 0 })
  return g.reshape(sum, shape, operand)
}

function squeezedTo(g: GradientBuilder, matrix: Value, operand: Value): Value {
  return g.shape(operand).length === 1 ? g.reshapeLike(matrix, operand) : matrix
}

/** Operators that are linear in each operand and mix numbers. */
export const linearRules: GradientRules = {
  Gemm: gemm,
  MatMul: matMul,
}
