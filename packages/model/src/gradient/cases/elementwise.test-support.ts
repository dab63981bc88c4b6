import { float } from '../../attributes.ts'
import { broadcasting, chance, dims, one, type RuleCases } from './draw.test-support.ts'

export const elementwiseCases: RuleCases = {
  Add: broadcasting(),
  Sub: broadcasting(),
  Mul: broadcasting(),
  Div: broadcasting(-2, 2, 0.5, 2),
  Neg: one(),
  Identity: one(),
  Relu: one(),
  LeakyRelu: one(-2, 2, (random) => ({ alpha: float(random() - 0.3) })),
  Sigmoid: one(-4, 4),
  Tanh: one(),
  Exp: one(),
  Log: one(0.5, 3),
  Sqrt: one(0.5, 3),
  Clip: (random) => ({
    inputs: [
      { shape: dims(random, 3), isBatched: chance(random) },
      chance(random) ? { shape: [], low: -1, high: -0.5 } : undefined,
      chance(random) ? { shape: [], low: 0.5, high: 1 } : undefined,
    ],
  }),
  Cast: one(-2, 2, () => ({ to: 1 })),
  Dropout: one(),
}
