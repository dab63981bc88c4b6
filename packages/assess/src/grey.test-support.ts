import { type Tensor, tensor } from '@merlon/tensor'
import type { AssessOptions } from './assess-options.ts'
import { samplesInMemory, templateModel } from './template-model.test-support.ts'

/** Two templates on a 2 x 2 image, all dark and all light: the model errs where the mean crosses 1/2. */
export const greyModel = templateModel(
  [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ],
  [1, 2, 2],
)

/** Even images of these means. */
export function grey(...means: number[]): Tensor {
  return tensor([means.length, 1, 2, 2], Float32Array.from(means.flatMap((m) => [m, m, m, m])))
}

/** Distances to the middle: 0.4, 0.4, 0.05, 0.1, 0.2, 0.2, 0.35, 0.35, 0.38; the last is wrong from the start. */
export const greyData = samplesInMemory(
  grey(0.1, 0.9, 0.45, 0.6, 0.3, 0.7, 0.15, 0.85, 0.12, 0.2),
  [0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
  2,
  [0, 1],
)

/** An assessment of that model on those samples. */
export function greyOptions(change: Partial<AssessOptions> = {}): AssessOptions {
  return {
    model: greyModel,
    modelPath: 'model.onnx',
    modelSha256: 'a'.repeat(64),
    dataset: greyData,
    norm: 'linf',
    epsilon: [0.3],
    seed: 1,
    failOn: 'medium',
    clock: () => 1_700_000_000_000,
    ...change,
  }
}
