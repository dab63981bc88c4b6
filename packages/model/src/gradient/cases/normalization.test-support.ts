import { float } from '../../attributes.ts'
import { type Draw, dims, type RuleCases, whole } from './draw.test-support.ts'

const batchNormalization: Draw = (random) => {
  const shape = [2, whole(random, 1, 3), ...dims(random, whole(random, 0, 2))]
  const channel = { shape: [shape[1]!] }
  return {
    inputs: [
      { shape, isBatched: true },
      channel,
      channel,
      channel,
      { ...channel, low: 0.5, high: 2 },
    ],
    attributes: { epsilon: float(1e-3) },
  }
}

export const normalizationCases: RuleCases = {
  BatchNormalization: batchNormalization,
}
