import { readFileSync } from 'node:fs'
import type { Tensor } from '@merlon/tensor'
import { expect } from 'vitest'
import { type Npy, readNpy, readNpz } from './npy.test-support.ts'

/** The models of the reference set that take float samples. Each was exported in two ways. */
export const sampled = [
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
export const tokenised = ['bert_tiny', 'gpt2_tiny', 'lstm_classifier']
/** How each model was exported. */
export const exporters = ['legacy', 'dynamo'] as const
/** PyTorch in single precision differs from itself in double precision by up to 1e-6 of the largest gradient here. */
export const tolerance = 5e-5

interface Entry {
  readonly name: string
  readonly T?: boolean
  /** Of a weight into which a batch normalisation was folded. */
  readonly channel_scale?: readonly number[]
}

/** The samples and labels at which the gradients of a model were taken. */
export function samples(folder: string): [Tensor, Int32Array] {
  const { shape, data: numbers } = readNpy(readFileSync(`${folder}/x.npy`))
  const data = Float32Array.from<number | bigint>(numbers, Number)
  const labels = readNpy(readFileSync(`${folder}/labels.npy`)).data
  return [{ shape, data }, Int32Array.from(labels, Number)]
}

/** The largest difference, as a share of the largest number that was wanted. */
export function worst(found: ArrayLike<number>, wanted: Npy): number {
  return difference(found, wanted) / largest(wanted)
}

/**
 * Holds gradients by initialiser against PyTorch's by parameter. `isWhole` says that every initialiser of the export must be
 * there; what an optimiser folded into another one has no gradient of its own. Gives the number of parameters compared.
 */
export function expectParameters(
  folder: string,
  exporter: string,
  gradients: ReadonlyMap<string, Tensor>,
  isWhole: boolean,
): number {
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
  let compared = 0
  for (const [parameter, entries] of mapped) {
    if (!isWhole && entries.some(({ name }) => !gradients.has(name))) continue
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
    compared++
  }
  return compared
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

/** The gradient of an initialiser as that of the PyTorch parameter which it holds. */
function asParameter({ shape, data }: Tensor, { T, channel_scale }: Entry): Float32Array {
  const [rows = 1, columns = 1] = shape
  if (T) return data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!)
  if (channel_scale === undefined) return data
  const perChannel = data.length / rows
  return data.map((value, i) => value * channel_scale[Math.floor(i / perChannel)]!)
}
