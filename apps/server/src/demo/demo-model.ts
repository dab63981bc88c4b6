import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  canonicalJson,
  deriveSeed,
  type Estimate,
  proportion,
  type Task,
  version,
} from '@merlon/core'
import { sha256Hex } from '@merlon/crypto'
import { drawDigits, writeIdxFolder } from '@merlon/dataset'
import { z } from 'zod'
import { runJob } from '../jobs/run-job.ts'
import type { DigitTraining } from '../jobs/train-digits-job.ts'
import { ServerError } from '../server-error.ts'
import type { Tell } from '../server-event.ts'

/** What the demo's model is made from. */
export const digitTraining: DigitTraining = {
  samples: 6000,
  heldOut: 2000,
  epochs: 3,
  batch: 64,
  learningRate: 0.002,
  seed: 1,
}

/** Digits that the demo keeps on disk: the model never saw them. */
const testSamples = 500
const accuracyMin = 0.97
const dataSeed = deriveSeed(digitTraining.seed, 'assess')

/** The demo's model and data as they lie in a folder. */
export interface DemoModel {
  readonly modelPath: string
  /** IDX, as MNIST's files are named. */
  readonly dataPath: string
  /** On digits that the training never saw. */
  readonly accuracy: Estimate
  /** False: made by an earlier start. */
  readonly isNew: boolean
}

const Made = z.object({ digest: z.string(), sha256: z.string(), right: z.int().min(0) })
type Made = z.infer<typeof Made>

/**
 * Draws digits and trains a model on them, or takes what an earlier start made from the same parameters.
 * @throws ServerError DEMO_INACCURATE, WORKER_CRASHED; the signal's reason
 */
export async function makeDemoModel(
  folder: string,
  { tell, signal }: { readonly tell: Tell; readonly signal: AbortSignal },
): Promise<DemoModel> {
  const modelPath = join(folder, 'models', 'digits.onnx')
  const dataPath = join(folder, 'data', 'digits')
  const madePath = join(folder, 'models', 'digits.json')
  const digest = sha256Hex(canonicalJson({ version, testSamples, ...digitTraining }))
  const earlier = await madeEarlier(madePath, modelPath, digest)
  if (earlier !== undefined) {
    return { modelPath, dataPath, accuracy: accuracyOf(earlier.right), isNew: false }
  }
  tell({
    kind: 'step',
    text: `drawing ${digitTraining.samples} labelled digits to learn from and ${testSamples} to test with`,
  })
  await mkdir(join(folder, 'models'), { recursive: true })
  await writeIdxFolder(dataPath, drawDigits({ count: testSamples, seed: dataSeed }), 'test')
  const text = `training a small network on ${digitTraining.samples} drawn digits`
  const progress: Task['progress'] = (done, total) => tell({ kind: 'progress', text, done, total })
  const { bytes, right } = await runJob('train-digits', digitTraining, { signal, progress })
  const accuracy = accuracyOf(right)
  if (accuracy.value < accuracyMin) {
    const message = `the demo's model is right on ${right} of ${digitTraining.heldOut} held-out digits only; run merlon doctor`
    throw new ServerError('DEMO_INACCURATE', message)
  }
  await replace(modelPath, bytes)
  // Written last: a start that was cut off before it trains again.
  await replace(madePath, JSON.stringify({ digest, sha256: sha256Hex(bytes), right }))
  return { modelPath, dataPath, accuracy, isNew: true }
}

function accuracyOf(right: number): Estimate {
  const { heldOut, seed } = digitTraining
  const labels = { source: 'drawn digits, held out' }
  return proportion(right, heldOut, { name: 'clean accuracy', seed, queries: heldOut, labels })
}

/** One drawn digit as a request body of the Open Inference Protocol. */
export function digitRequest(digit: number): string {
  const { inputs, labels } = drawDigits({ count: 200, seed: deriveSeed(digitTraining.seed, 'ask') })
  const index = labels.indexOf(digit)
  const pixels = inputs.data.subarray(index * 784, (index + 1) * 784)
  // Grey levels are k / 255: four digits give back the same byte.
  const data = Array.from(pixels, (pixel) => Number(pixel.toFixed(4)))
  const input = { name: 'input', datatype: 'FP32', shape: [1, 1, 28, 28], data }
  return `${JSON.stringify({ inputs: [input] })}\n`
}

async function madeEarlier(
  madePath: string,
  modelPath: string,
  digest: string,
): Promise<Made | undefined> {
  try {
    const made = Made.parse(JSON.parse(await readFile(madePath, 'utf8')))
    const bytes = await readFile(modelPath)
    return made.digest === digest && made.sha256 === sha256Hex(bytes) ? made : undefined
  } catch {
    // Not there, not whole or not ours: it is made anew.
    return undefined
  }
}

async function replace(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.tmp`, content)
  await rename(`${path}.tmp`, path)
}
