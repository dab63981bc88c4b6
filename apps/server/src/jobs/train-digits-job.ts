import { assert, deriveSeed, type Task } from '@merlon/core'
import { drawnDataset } from '@merlon/dataset'
import { buildArchitecture, standardRecipe, trainStandard } from '@merlon/training'

/** What the demo's model is made from; the same values make the same model. */
export interface DigitTraining {
  readonly samples: number
  readonly heldOut: number
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly seed: number
}

export interface TrainedDigits {
  /** ONNX. */
  readonly bytes: Uint8Array
  /** How many of the held-out digits, which the training never saw, it is right on. */
  readonly right: number
}

/** Draws digits and trains a small convolutional network on them by the standard recipe. */
export async function trainDigitsJob(training: DigitTraining, task: Task): Promise<TrainedDigits> {
  const { samples, heldOut, epochs, batch, learningRate, seed } = training
  const data = drawnDataset({ count: samples, seed: deriveSeed(seed, 'train') })
  const { sampleShape: inputShape, classes } = data
  const { last, test } = await trainStandard({
    model: buildArchitecture('lenet', { inputShape, classes, seed }),
    modelName: 'digits',
    recipe: standardRecipe({
      epochs,
      batchSize: batch,
      learningRate,
      schedule: 'cosine',
      validationShare: 0,
    }),
    data,
    test: drawnDataset({ count: heldOut, seed: deriveSeed(seed, 'test') }),
    seed,
    failOn: 'medium',
    clock: Date.now,
    task,
  })
  // A stopped recipe hands over what it has; half a demo is none.
  task.signal.throwIfAborted()
  assert(last !== undefined && test !== undefined, 'a recipe that was not stopped gives a model')
  return { bytes: last, right: test.right }
}
