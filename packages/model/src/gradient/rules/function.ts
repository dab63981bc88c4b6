import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRules, unary } from '../rule.ts'

/** (1 + x^2) or (1 - x^2) and the like: `offset` plus or minus the square. */
function withSquare(g: GradientBuilder, op: 'Add' | 'Sub', offset: number, x: Value, like: Value) {
  return g.emit(op, [g.scalar(offset, like), g.emit('Mul', [x, x])])
}

function inverse(g: GradientBuilder, value: Value): Value {
  return g.emit('Reciprocal', [value])
}

function inverseRoot(g: GradientBuilder, value: Value): Value {
  return inverse(g, g.emit('Sqrt', [value]))
}

function negative(g: GradientBuilder, value: Value): Value {
  return g.emit('Neg', [value])
}

/** d erf(x) / dx, which is 2 / sqrt(pi) exp(-x^2). */
function errorSlope(g: GradientBuilder, x: Value): Value {
  const bell = g.emit('Exp', [negative(g, g.emit('Mul', [x, x]))])
  return g.emit('Mul', [bell, g.scalar(2 / Math.sqrt(Math.PI), x)])
}

/** Functions of one number from the textbooks of calculus. */
export const functionRules: GradientRules = {
  // |x|' = sign(x)
  Abs: unary((g, x) => g.emit('Sign', [x])),
  // (1 / x)' = -y^2
  Reciprocal: unary((g, _, y) => negative(g, g.emit('Mul', [y, y]))),
  // sin' = cos
  Sin: unary((g, x) => g.emit('Cos', [x])),
  // cos' = -sin
  Cos: unary((g, x) => negative(g, g.emit('Sin', [x]))),
  // tan' = 1 + y^2
  Tan: unary((g, x, y) => withSquare(g, 'Add', 1, y, x)),
  // asin' = 1 / sqrt(1 - x^2)
  Asin: unary((g, x) => inverseRoot(g, withSquare(g, 'Sub', 1, x, x))),
  // acos' = -1 / sqrt(1 - x^2)
  Acos: unary((g, x) => negative(g, inverseRoot(g, withSquare(g, 'Sub', 1, x, x)))),
  // atan' = 1 / (1 + x^2)
  Atan: unary((g, x) => inverse(g, withSquare(g, 'Add', 1, x, x))),
  // sinh' = cosh
  Sinh: unary((g, x) => g.emit('Cosh', [x])),
  // cosh' = sinh
  Cosh: unary((g, x) => g.emit('Sinh', [x])),
  // asinh' = 1 / sqrt(1 + x^2)
  Asinh: unary((g, x) => inverseRoot(g, withSquare(g, 'Add', 1, x, x))),
  // acosh' = 1 / sqrt(x^2 - 1)
  Acosh: unary((g, x) => inverseRoot(g, negative(g, withSquare(g, 'Sub', 1, x, x)))),
  // atanh' = 1 / (1 - x^2)
  Atanh: unary((g, x) => inverse(g, withSquare(g, 'Sub', 1, x, x))),
  // erf' = 2 / sqrt(pi) exp(-x^2)
  Erf: unary(errorSlope),
}
