import { deriveSeed, permutation, seededRandom, type Task } from '@merlon/core'
import { drawDigits } from '@merlon/dataset'
import { buildLenet, openModel, openTrainer } from '@merlon/model'
import { gather, slice, type Tensor } from '@merlon/tensor'

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

/** Draws digits and trains a small convolutional network on them, step by step. */
export async function trainDigitsJob(training: DigitTraining, task: Task): Promise<TrainedDigits> {
  const { samples, heldOut, epochs, batch, seed } = training
  const { inputs, labels } = drawDigits({ count: samples, seed: deriveSeed(seed, 'train') })
  const start = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed })
  const trainer = await openTrainer(start, {
    optimizer: { kind: 'adam', learningRate: training.learningRate },
  })
  try {
    const random = seededRandom(deriveSeed(seed, 'order'))
    const perEpoch = Math.floor(samples / batch)
    const steps = epochs * perEpoch
    for (let step = 0; step < steps; ) {
      const order = permutation(samples, random)
      for (let k = 0; k < perEpoch; k++, step++) {
        task.signal.throwIfAborted()
        const rows = order.subarray(k * batch, (k + 1) * batch)
        const chosen = Int32Array.from(rows, (row) => labels[row]!)
        await trainer.step(gather(inputs, rows), chosen, rateAt(step, steps, training.learningRate))
        task.progress(step + 1, steps)
      }
    }
    const bytes = trainer.export()
    const test = drawDigits({ count: heldOut, seed: deriveSeed(seed, 'test') })
    return { bytes, right: await countRight(bytes, test.inputs, test.labels) }
  } finally {
    await trainer.close()
  }
}

/** Half a cosine from the full rate to nothing (Loshchilov and Hutter 2017, eq. 5, without restarts). */
function rateAt(step: number, steps: number, rate: number): number {
  return (rate / 2) * (1 + Math.cos((Math.PI * step) / steps))
}

async function countRight(bytes: Uint8Array, inputs: Tensor, labels: Int32Array): Promise<number> {
  const model = await openModel(bytes)
  try {
    let right = 0
    for (let start = 0; start < labels.length; start += 256) {
      const end = Math.min(labels.length, start + 256)
      const answered = await model.labels(slice(inputs, start, end))
      for (const [k, label] of answered.entries()) if (label === labels[start + k]) right += 1
    }
    return right
  } finally {
    await model.close()
  }
}
