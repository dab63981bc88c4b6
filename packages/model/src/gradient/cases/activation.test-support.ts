import type { Random } from '@merlon/core'
import { float } from '../../attributes.ts'
import {
  chance,
  dims,
  one,
  pick,
  type RuleCase,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

/** A float attribute that is stated in half of the cases. */
const perhaps = (name: string, low: number, high: number) => (random: Random) =>
  chance(random) ? { [name]: float(low + random() * (high - low)) } : {}

function since(opset: number, draw: (random: Random) => RuleCase) {
  return (random: Random): RuleCase => ({ ...draw(random), opset })
}

export const activationCases: RuleCases = {
  Relu: one(),
  LeakyRelu: one(-2, 2, (random) => ({ alpha: float(random() - 0.3) })),
  ThresholdedRelu: one(-2, 2, perhaps('alpha', -1, 1)),
  Shrink: one(-2, 2, (random) => ({
    ...perhaps('lambd', 0.2, 1)(random),
    ...perhaps('bias', -0.5, 0.5)(random),
  })),
  PRelu: (random) => {
    const shape = [2, ...dims(random, whole(random, 1, 3))]
    const slope = shape.slice(1).map((size) => (chance(random) ? 1 : size))
    const lead = whole(random, 0, slope.length - 1)
    const channel = [shape[1]!, ...shape.slice(2).map(() => 1)]
    return {
      inputs: [
        { shape, isBatched: true },
        { shape: pick(random, [slope, slope.slice(lead), channel, [1]]), low: 0, high: 1 },
      ],
    }
  },
  Elu: one(-2, 2, perhaps('alpha', 0.5, 2)),
  Selu: one(-2, 2, (random) => ({
    ...perhaps('alpha', 0.5, 2)(random),
    ...perhaps('gamma', 0.5, 2)(random),
  })),
  Celu: one(-2, 2, perhaps('alpha', 0.5, 2)),
  Sigmoid: one(-4, 4),
  HardSigmoid: one(-4, 4, (random) => ({
    ...perhaps('alpha', 0.1, 1)(random),
    ...perhaps('beta', 0.2, 0.8)(random),
  })),
  Tanh: one(),
  Softplus: one(-4, 4),
  Softsign: one(-4, 4),
  Gelu: since(
    20,
    one(-4, 4, (random) => ({ approximate: pick(random, ['none', 'tanh', undefined]) })),
  ),
  Swish: since(24, one(-4, 4, perhaps('alpha', 0.5, 2))),
  Mish: since(18, one(-4, 4)),
  HardSwish: one(-5, 5),
}
