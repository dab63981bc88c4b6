import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildLenet } from './build-lenet.ts'
import { gradientModel } from './gradient-model.ts'
import { openModel } from './onnx-model.ts'
import { floats, sketchedBytes } from './test-graphs.test-support.ts'

const bytes = buildLenet({ inputShape: [1, 16, 16], classes: 4, seed: 3 })
const batch = {
  shape: [3, 1, 16, 16],
  data: Float32Array.from({ length: 3 * 256 }, (_, i) => ((i * 37) % 101) / 101),
}
const labels = Int32Array.of(0, 3, 1)

test.each(['cross-entropy', 'margin'] as const)(
  'the file gives what the opened model gives, for %s',
  async (loss) => {
    const made = await gradientModel(bytes, { loss })
    const [file, model] = await Promise.all([
      openModel(made.bytes, { threads: 1 }),
      openModel(bytes, { threads: 1 }),
    ])
    const results = await file.run({
      [made.input]: { type: 'float32', ...batch },
      [made.labels]: { type: 'int64', shape: [3], data: BigInt64Array.from(labels, BigInt) },
    })
    const wanted = await model.lossGradient(batch, labels, { loss })
    expect(made).toMatchObject({ labels: 'labels', gradient: 'gradient', losses: 'losses' })
    expect(results.gradient).toMatchObject(wanted.gradient)
    expect(results.losses?.data).toEqual(wanted.losses)
    expect(results[made.scores]?.data).toEqual(wanted.scores.data)
    expect(file.signature.outputs.map(({ name }) => name)).toEqual(['gradient', 'losses', 'logits'])
    await Promise.all([file.close(), model.close()])
  },
)

test('names that the model uses stay its own', async () => {
  const taken = sketchedBytes({
    inputs: [['labels', [-1, 2]]],
    outputs: [['gradient', [-1, 2]]],
    nodes: [['MatMul', ['labels', 'losses'], ['gradient']]],
    constants: { losses: floats([2, 2], 1, 2, 3, 4) },
  })
  const made = await gradientModel(taken)
  expect(made).toMatchObject({
    input: 'labels',
    scores: 'gradient',
    labels: 'labels_',
    gradient: 'gradient_',
    losses: 'losses_',
  })
  await (await openModel(made.bytes, { threads: 1 })).close()
})

test('a targeted loss takes the targets too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'merlon-gradient-'))
  try {
    const path = join(folder, 'm.onnx')
    await writeFile(path, bytes)
    const { targets } = await gradientModel(path, { loss: 'targeted-cross-entropy' })
    expect(targets).toBe('targets')
  } finally {
    await rm(folder, { recursive: true })
  }
})
