import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeLong, describeWith } from '../../../tools/requirements.ts'
import { readNpy } from './npy.test-support.ts'
import { openModel } from './onnx-model.ts'
import { parameterGradients } from './parameter-gradients.ts'
import {
  expectParameters,
  exporters,
  sampled,
  samples,
  tokenised,
  tolerance,
  worst,
} from './reference-gradients.test-support.ts'

/** What the runtime's optimiser may do to a file and leave it one that other machines run. */
const levels = ['basic', 'extended'] as const

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'merlon-optimised-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The file as the runtime's optimiser writes it. */
async function optimised(path: string, level: (typeof levels)[number] | 'all'): Promise<string> {
  const written = join(folder, `${level}.onnx`)
  const session = await InferenceSession.create(path, {
    graphOptimizationLevel: level,
    optimizedModelFilePath: written,
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  })
  await session.release()
  return written
}

async function expectReference(
  root: string,
  name: string,
  exporter: string,
  level: 'basic' | 'extended',
) {
  const from = `${root}/${name}`
  const path = await optimised(`${from}/model.${exporter}.onnx`, level)
  if (!tokenised.includes(name)) {
    const model = await openModel(path, { threads: 1 })
    const { gradient, losses } = await model.lossGradient(...samples(from))
    await model.close()
    const wanted = readNpy(readFileSync(`${from}/grad_input.npy`))
    const ofMean = gradient.data.map((value) => value / losses.length)
    expect(worst(ofMean, wanted)).toBeLessThanOrEqual(tolerance)
  }
  const gradients = await parameterGradients(readFileSync(path), ...samples(from), { threads: 1 })
  expect(expectParameters(from, exporter, gradients, false)).toBeGreaterThan(0)
}

describeWith('shared', 'gradients of files that the runtime optimised', (shared) => {
  const root = `${shared}/reference/gradients`

  // Between them: BiasGelu, FastGelu, QuickGelu, FusedConv, FusedMatMul, LayerNormalization and SkipLayerNormalization.
  test.each([
    ['bert_tiny', 'dynamo'],
    ['efficientnet_block', 'legacy'],
    ['gpt2_tiny', 'dynamo'],
  ])('equal those of PyTorch for %s, exported by %s', async (name, exporter) => {
    for (const level of levels) await expectReference(root, name, exporter, level)
  })

  test('are refused where the optimiser wrote for one machine alone', async () => {
    const path = await optimised(`${root}/cnn_maxpool/model.dynamo.onnx`, 'all')
    const model = await openModel(path, { threads: 1 })
    await expect(model.lossGradient(...samples(`${root}/cnn_maxpool`))).rejects.toMatchObject({
      code: 'NO_GRADIENT_RULE',
    })
    await model.close()
  })

  describeLong('of the whole reference set', () => {
    const all = [...sampled, ...tokenised].flatMap((name) =>
      exporters.flatMap((exporter) => levels.map((level) => [name, exporter, level] as const)),
    )
    test.each(all)('equal those of PyTorch for %s, exported by %s, level %s', (...each) =>
      expectReference(root, ...each),
    )
  })
})
