import { readFileSync } from 'node:fs'
import type { Tensor } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { type Npy, readNpy, readNpz } from './npy.test-support.ts'
import { openModel } from './onnx-model.ts'
import { parameterGradients } from './parameter-gradients.ts'

/** The models of the reference set that take float samples. Each was exported in two ways. */
const sampled = [
  'audio_cnn1d',
  'cnn_maxpool',
  'conv3d_net',
  'convnext_block',
  'densenet_block',
  'efficientnet_block',
  'groupnorm_net',
  'gru_classifier',
  'inception_block',
  'instancenorm_prelu_net',
  'lenet_avgpool_tanh',
  'mlp_gelu_layernorm',
  'mlp_relu',
  'mobilenet_v2_block',
  'mobilenet_v3_block',
  'preact_resnet',
  'resnet_basic',
  'swin_block',
  'transformer_encoder',
  'unet',
  'vgg_bn',
  'vit_tiny',
]
/** Those that take tokens: their parameters have a gradient, their input has none. */
const tokenised = ['bert_tiny', 'gpt2_tiny', 'lstm_classifier']
const exporters = ['legacy', 'dynamo'] as const
/** PyTorch in single precision differs from itself in double precision by up to 1e-6 of the largest gradient here. */
const tolerance = 5e-5

interface Entry {
  readonly name: string
  readonly T?: boolean
  /** Of a weight into which a batch normalisation was folded. */
  readonly channel_scale?: readonly number[]
}

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
      const map = JSON.parse(readFileSync(`${folder}/param_map.json`, 'utf8'))
      const wanted = readNpz(`${folder}/grad_params.npz`)
      const most = Math.max(...[...wanted.values()].map(largest))
      const hint = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')).tolerance_hint
      const vanishing = new Set<string>(hint.params_with_zero_true_gradient)
      const folded = Object.entries<Entry>(map.folded_batchnorm?.[exporter] ?? {})
      const mapped = [
        ...Object.entries<Entry[]>(map[exporter]),
        ...folded.map(([parameter, entry]) => [parameter, [entry]] as const),
      ].filter(([parameter]) => wanted.has(parameter))
      for (const [parameter, entries] of mapped) {
        const truth = wanted.get(parameter)!
        const sum = new Float64Array(truth.data.length)
        for (const entry of entries) {
          const found = gradients.get(entry.name)
          expect(found, `${entry.name} has a gradient`).toBeDefined()
          asParameter(found!, entry).forEach((value, i) => {
            sum[i]! += value
          })
        }
        // A gradient that is zero but for rounding is judged against the largest of the model.
        const scale = vanishing.has(parameter) ? most : Math.max(largest(truth), 1e-3 * most)
        expect(difference(sum, truth) / scale, parameter).toBeLessThanOrEqual(tolerance)
      }
      expect(mapped.length).toBeGreaterThan(0)
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

function samples(folder: string): [Tensor, Int32Array] {
  const { shape, data: numbers } = readNpy(readFileSync(`${folder}/x.npy`))
  const data = Float32Array.from<number | bigint>(numbers, Number)
  const labels = readNpy(readFileSync(`${folder}/labels.npy`)).data
  return [{ shape, data }, Int32Array.from(labels, Number)]
}

function largest({ data }: Npy): number {
  return Math.max(...Array.from<number | bigint, number>(data, (value) => Math.abs(Number(value))))
}

function difference(found: ArrayLike<number>, { data }: Npy): number {
  expect(found.length).toBe(data.length)
  return Math.max(
    ...Array.from<number | bigint, number>(data, (value, i) => Math.abs(Number(value) - found[i]!)),
  )
}

function worst(found: ArrayLike<number>, wanted: Npy): number {
  return difference(found, wanted) / largest(wanted)
}

/** The gradient of an initialiser as that of the PyTorch parameter which it holds. */
function asParameter({ shape, data }: Tensor, { T, channel_scale }: Entry): Float32Array {
  const [rows = 1, columns = 1] = shape
  if (T) return data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!)
  if (channel_scale === undefined) return data
  const perChannel = data.length / rows
  return data.map((value, i) => value * channel_scale[Math.floor(i / perChannel)]!)
}
