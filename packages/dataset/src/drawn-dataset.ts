import { slice } from '@merlon/tensor'
import type { Dataset } from './dataset.ts'
import { type DigitOptions, drawDigits } from './draw-digits.ts'

/** Drawn digits as a data set in memory: nothing is read, nothing is written. */
export function drawnDataset(options: DigitOptions): Dataset {
  const { inputs, labels } = drawDigits(options)
  return {
    name: `${options.count} digits drawn from seed ${options.seed}`,
    kind: 'array',
    count: options.count,
    sampleShape: inputs.shape.slice(1),
    classes: 10,
    labelNames: [...'0123456789'],
    featureNames: [],
    range: [0, 1],
    inputs: [],
    read: (start, count) => ({
      inputs: slice(inputs, start, start + count),
      labels: labels.slice(start, start + count),
    }),
  }
}
