import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gaussian, seededRandom } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { openModel } from '@merlon/model'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { architectureNames, buildArchitecture } from './architectures.ts'
import { writeCheckpoint } from './checkpoint.ts'
import { trainingErrorPages } from './error-pages.ts'
import { type StandardRecipe, standardRecipe } from './standard-recipe.ts'
import { type Epoch, type TrainOptions, trainStandard } from './train-standard.ts'
import { partsOf } from './training-data.ts'

/** Two classes that lie on both sides of a circle; with `isNoise` the labels say nothing. */
function rings(count: number, seed: number, isNoise = false): Dataset {
  const random = seededRandom(seed)
  const data = Float32Array.from({ length: 2 * count }, () => gaussian(random))
  const labels = Int32Array.from({ length: count }, (_, i) =>
    isNoise ? Number(random() < 0.5) : Number(Math.hypot(data[2 * i]!, data[2 * i + 1]!) > 1.177),
  )
  return {
    name: `rings ${seed}`,
    kind: 'csv',
    count,
    sampleShape: [2],
    classes: 2,
    labelNames: ['in', 'out'],
    featureNames: ['x', 'y'],
    range: null,
    inputs: [{ path: `rings-${seed}`, sha256: 'ab' }],
    read: (start, length) => ({
      inputs: { shape: [length, 2], data: data.slice(2 * start, 2 * (start + length)) },
      labels: labels.slice(start, start + length),
    }),
  }
}

const model = buildArchitecture('mlp', { inputShape: [2], classes: 2, seed: 1 })
const options = (recipe: Partial<StandardRecipe> = {}): TrainOptions => ({
  model,
  modelName: 'mlp',
  recipe: standardRecipe({ epochs: 3, batchSize: 32, ...recipe }),
  data: rings(600, 1),
  test: rings(300, 2),
  seed: 5,
  failOn: 'medium',
  clock: () => 0,
  threads: 1,
})

describe('the standard recipe', () => {
  test.each(['sgd', 'adam', 'adamw'] as const)(
    'learns what no linear model can, with %s',
    async (optimizer) => {
      const { report, epochs, best } = await trainStandard(options({ optimizer, epochs: 8 }))
      expect(epochs).toHaveLength(8)
      expect(epochs[7]!.loss).toBeLessThan(epochs[0]!.loss / 2)
      const tested = report.estimates.find(({ name }) => name === 'test accuracy')!
      expect(tested).toMatchObject({ n: 300, source: 'rings 2', seed: 5, method: 'wilson' })
      expect(tested.value).toBeGreaterThan(0.9)
      expect(report).toMatchObject({ schema: 'merlon/train/v1', verdict: 'clean', exitCode: 0 })
      // The figure is that of the model which is kept, asked in another way.
      const opened = await openModel(best!, { threads: 1 })
      const { inputs, labels } = rings(300, 2).read(0, 300)
      const answered = await opened.labels(inputs)
      await opened.close()
      expect(answered.filter((label, i) => label === labels[i]).length / 300).toBe(tested.value)
    },
  )

  test('repeats itself to the bit for a seed, and differs for another', async () => {
    const once = async (seed: number) => {
      const { report, last } = await trainStandard({ ...options(), seed })
      return { report, last: Buffer.from(last!).toString('base64') }
    }
    const first = await once(5)
    expect(await once(5)).toEqual(first)
    expect((await once(6)).last).not.toBe(first.last)
  })

  test('keeps the epoch that was best on the samples held out, and the last one', async () => {
    const kept: { epoch: Epoch; bytes: Uint8Array }[] = []
    const { epochs, best, last, report } = await trainStandard({
      ...options({ epochs: 6, learningRate: 0.03, schedule: 'constant' }),
      keep: async (bytes, epoch) => void kept.push({ epoch, bytes }),
    })
    const right = epochs.map(({ heldOut }) => heldOut!.right)
    const wanted = right.lastIndexOf(Math.max(...right))
    expect(epochs.findLastIndex(({ isBest }) => isBest)).toBe(wanted)
    expect(best).toBe(kept[wanted]!.bytes)
    expect(last).toBe(kept[5]!.bytes)
    const estimates = report.estimates.filter(({ name }) => name === 'held-out accuracy')
    expect(estimates.map(({ source, n }) => [source, n])).toEqual(
      epochs.map(({ epoch }) => [`epoch ${epoch}`, 60]),
    )
  })

  test('that is stopped ends with its last whole epoch, marked as incomplete', async () => {
    const controller = new AbortController()
    const steps: number[] = []
    const { report, epochs, last, best } = await trainStandard({
      ...options({ epochs: 5 }),
      task: {
        signal: controller.signal,
        progress: (done, total) => {
          steps.push(done)
          expect(total).toBe(5 * 17)
          if (done === 40) controller.abort(new Error('enough'))
        },
      },
    })
    expect(steps.at(-1)).toBe(40)
    expect(epochs).toHaveLength(2)
    expect(last).toBeDefined()
    expect(best).toBeDefined()
    expect(report).toMatchObject({ verdict: 'incomplete', exitCode: 130 })
    expect(report.skipped.map(({ what }) => what)).toEqual(['epochs 3 to 5', 'test accuracy'])
  })

  test('finds a model that did not learn', async () => {
    const noise = { data: rings(400, 3, true), test: rings(300, 4, true) }
    const { report } = await trainStandard({
      ...options({ epochs: 1, learningRate: 1e-9 }),
      ...noise,
    })
    expect(report.findings.map(({ rule }) => rule)).toEqual(['training/no-better-than-guessing'])
    expect(report.exitCode).toBe(1)
  })

  test('without anything to measure on is incomplete, not clean', async () => {
    const { test: _, ...rest } = options({ validationShare: 0, epochs: 1 })
    const { report, best, last } = await trainStandard(rest)
    expect(best).toBe(last)
    expect(report).toMatchObject({ estimates: [], verdict: 'incomplete', exitCode: 3 })
    expect(report.skipped[0]).toMatchObject({ what: 'accuracy' })
  })

  test('stops with a code when the loss is no number', async () => {
    const wild = options({ optimizer: 'sgd', learningRate: 1e30, schedule: 'constant' })
    await expect(trainStandard(wild)).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' })
  })
})

test('samples held out are never learnt from, whatever the share', () => {
  const { learnt, heldOut } = partsOf(101, 0.25, 9)
  expect([learnt.length, heldOut.length]).toEqual([76, 25])
  expect(new Set([...learnt, ...heldOut]).size).toBe(101)
  expect([...learnt]).toEqual([...learnt].sort((a, b) => a - b))
  expect(() => partsOf(1, 0.9, 1)).toThrow(expect.objectContaining({ code: 'TRAINING_NO_SAMPLES' }))
})

test('data of another shape are refused with both shapes', async () => {
  const wide = buildArchitecture('mlp', { inputShape: [3], classes: 2, seed: 1 })
  await expect(trainStandard({ ...options(), model: wide })).rejects.toMatchObject({
    code: 'TRAINING_DATA_MISMATCH',
    message: expect.stringMatching(/\[3\].*\[2\]/),
  })
})

test.each<Partial<StandardRecipe>>([
  { epochs: 0 },
  { epochs: 1.5 },
  { batchSize: 1e9 },
  { learningRate: 0 },
  { learningRate: Number.NaN },
  { momentum: 1 },
  { weightDecay: -1 },
  { validationShare: 1 },
  { optimizer: 'lion' as never },
  { schedule: 'warm' as never },
])('%j is no recipe', (stated) => {
  expect(() => standardRecipe(stated)).toThrow(
    expect.objectContaining({ code: 'TRAINING_OPTION_INVALID' }),
  )
})

test.each(architectureNames)(
  '%s begins from its seed and knows the classes it was asked for',
  async (name) => {
    const shape = [28, 28]
    const build = (seed: number) => buildArchitecture(name, { inputShape: shape, classes: 4, seed })
    expect(Buffer.from(build(1)).equals(build(1))).toBe(true)
    expect(Buffer.from(build(1)).equals(build(2))).toBe(false)
    const opened = await openModel(build(1), { threads: 1 })
    expect(opened.classes).toBe(4)
    await opened.close()
  },
)

test('an architecture that nobody knows is named with those that are', () => {
  expect(() => buildArchitecture('toString', { inputShape: [2], classes: 2, seed: 1 })).toThrow(
    /mlp, lenet, resnet20/,
  )
})

describe('a checkpoint', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'merlon-checkpoint-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('takes the place of the one before and leaves nothing beside it', async () => {
    const path = join(folder, 'm.onnx')
    await writeFile(path, 'old')
    await writeCheckpoint(path, Buffer.from('new'))
    expect(await readFile(path, 'utf8')).toBe('new')
    expect(await readdir(folder)).toEqual(['m.onnx'])
  })

  test('that cannot be written leaves what was there', async () => {
    await expect(writeCheckpoint(join(folder, 'no', 'm'), Buffer.of(1))).rejects.toMatchObject({
      code: 'CHECKPOINT_UNWRITABLE',
    })
    // A folder stands in its place: the draft is whole, the move fails.
    await expect(writeCheckpoint(folder, Buffer.of(1))).rejects.toMatchObject({
      code: 'CHECKPOINT_UNWRITABLE',
    })
    expect(await readdir(folder)).toEqual([])
  })
})

test('every code has a page', () => {
  for (const page of Object.values(trainingErrorPages)) {
    expect(page.meaning.length).toBeGreaterThan(40)
    expect(page.fix).toMatch(/\.$/)
  }
})
