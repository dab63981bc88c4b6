import { one, type RuleCases } from './draw.test-support.ts'

export const functionCases: RuleCases = {
  Abs: one(),
  Reciprocal: one(0.5, 3),
  Sin: one(-4, 4),
  Cos: one(-4, 4),
  Tan: one(-1, 1),
  Asin: one(-0.9, 0.9),
  Acos: one(-0.9, 0.9),
  Atan: one(-4, 4),
  Sinh: one(),
  Cosh: one(),
  Asinh: one(-4, 4),
  Acosh: one(1.2, 4),
  Atanh: one(-0.9, 0.9),
  Erf: one(),
}
