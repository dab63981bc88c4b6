import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
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

describeWith('shared', 'gradients equal those of PyTorch', (shared) => {
  const root = `${shared}/reference/gradients`
  const exported = (names: readonly string[]) =>
    names.flatMap((name) => exporters.map((exporter) => [name, exporter] as const))

  test.each(exported(sampled))('for the input of %s, exported by %s', async (name, exporter) => {
    const folder = `${root}/${name}`
    const model = await openModel(`${folder}/model.${exporter}.onnx`, { threads: 1 })
    const { gradient, losses, scores } = await model.lossGradient(...samples(folder))
    await model.close()
    // The stored loss and gradient are of the mean over the batch.
    const rows = losses.length
    const wanted = readNpy(readFileSync(`${folder}/grad_input.npy`))
    expect(
      worst(
        gradient.data.map((value) => value / rows),
        wanted,
      ),
    ).toBeLessThanOrEqual(tolerance)
    expect(worst(scores.data, readNpy(readFileSync(`${folder}/logits.npy`)))).toBeLessThanOrEqual(
      1e-4,
    )
    const loss = Number(readNpy(readFileSync(`${folder}/loss.npy`)).data[0])
    expect(losses.reduce((sum, value) => sum + value, 0) / rows).toBeCloseTo(loss, 4)
  })

  test.each(exported([...sampled, ...tokenised]))(
    'for the parameters of %s, exported by %s',
    async (name, exporter) => {
      const folder = `${root}/${name}`
      const bytes = readFileSync(`${folder}/model.${exporter}.onnx`)
      const gradients = await parameterGradients(bytes, ...samples(folder), { threads: 1 })
      expect(expectParameters(folder, exporter, gradients, true)).toBeGreaterThan(0)
    },
  )

  test.each(exported(tokenised))(
    'and the tokens of %s, exported by %s, are refused',
    async (name, exporter) => {
      const model = await openModel(`${root}/${name}/model.${exporter}.onnx`, { threads: 1 })
      await expect(model.lossGradient(...samples(`${root}/${name}`))).rejects.toMatchObject({
        code: 'UNSUPPORTED_SIGNATURE',
        message: expect.stringContaining('takes int64'),
      })
      await model.close()
    },
  )

  test('and no model is left out', () => {
    const { models } = JSON.parse(readFileSync(`${root}/index.json`, 'utf8'))
    const names: string[] = models.map((each: string | { name: string }) =>
      typeof each === 'string' ? each : each.name,
    )
    expect([...sampled, ...tokenised].sort()).toEqual(names.sort())
  })
})
