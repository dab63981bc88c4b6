import { createHash } from 'node:crypto'
import { deriveSeed, gaussian, seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import type { OptimizerOptions } from './optimizer.ts'
import { floats, type GraphSketch, type NodeSketch } from './test-graphs.test-support.ts'

/** What both sides train: nets, data, order and optimisers, all decided by one seed. */
export const curves = { steps: 50, rows: 16, samples: 160, classes: 4, side: 12 } as const

export const curveOptimizers = {
  sgd: { kind: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 },
  nesterov: { kind: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true },
  adam: { kind: 'adam', learningRate: 0.005, weightDecay: 1e-3 },
  adamw: { kind: 'adamw', learningRate: 0.005, weightDecay: 0.1 },
} as const satisfies Readonly<Record<string, OptimizerOptions>>

/** The losses of one training in PyTorch, and the running means of the first normalisation at its end. */
export interface Curve {
  readonly net: 'plain' | 'normalised'
  readonly optimizer: keyof typeof curveOptimizers
  readonly losses: readonly number[]
  readonly runningMean?: readonly number[]
}

const seed = 11
const shapes = {
  w1: [4, 1, 3, 3],
  b1: [4],
  w2: [8, 4, 3, 3],
  b2: [8],
  w3: [4, 128],
  b3: [4],
} as const

/** Name to initial value: He's deviation for weights, small numbers for biases. */
export function curveWeights(): ReadonlyMap<string, Tensor> {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const random = seededRandom(deriveSeed(seed, name))
      const size = shape.reduce((product: number, each) => product * each, 1)
      const deviation = shape.length === 1 ? 0.05 : Math.sqrt(2 / (size / shape[0]))
      return [name, { shape, data: drawn(size, () => deviation * gaussian(random)) }]
    }),
  )
}

/** Noise with a brighter quarter, which the label names. */
export function curveData(): { readonly inputs: Tensor; readonly labels: Int32Array } {
  const { samples, side, classes } = curves
  const random = seededRandom(deriveSeed(seed, 'data'))
  const labels = Int32Array.from({ length: samples }, () => Math.floor(random() * classes))
  const data = new Float32Array(samples * side * side)
  for (let at = 0; at < data.length; at++) {
    const [sample, place] = [Math.floor(at / side ** 2), at % side ** 2]
    const [row, column] = [Math.floor(place / side), place % side]
    const quarter = 2 * Number(row >= side / 2) + Number(column >= side / 2)
    data[at] = 0.4 * Number(quarter === labels[sample]) + 0.8 * gaussian(random)
  }
  return { inputs: { shape: [samples, 1, side, side], data }, labels }
}

/** The samples of one step, in order, over and over. */
export function curveBatch(step: number): { readonly batch: Tensor; readonly labels: Int32Array } {
  const { inputs, labels } = curveData()
  const { rows, samples, side } = curves
  const start = (step * rows) % samples
  const data = inputs.data.slice(start * side ** 2, (start + rows) * side ** 2)
  return {
    batch: { shape: [rows, 1, side, side], data },
    labels: labels.slice(start, start + rows),
  }
}

/** Two convolutions, a pool and a dense layer; `normalised` has a batch normalisation after each convolution instead of a bias. */
export function curveNet(net: Curve['net']): GraphSketch {
  const { side, classes } = curves
  const isNormalised = net === 'normalised'
  const norm = (at: 1 | 2): NodeSketch[] =>
    isNormalised
      ? [['BatchNormalization', [`c${at}`, `g${at}`, `h${at}`, `m${at}`, `v${at}`], [`n${at}`]]]
      : []
  // What follows takes a bias away again: its gradient is rounding alone, which Adam would make steps of.
  const bias = (at: 1 | 2) => (isNormalised ? [] : [`b${at}`])
  const of = (at: 1 | 2) => (isNormalised ? `n${at}` : `c${at}`)
  const filled = (size: number, value: number) => floats([size], ...new Array(size).fill(value))
  return {
    inputs: [['x', [-1, 1, side, side]]],
    outputs: [['y', [-1, classes]]],
    nodes: [
      ['Conv', ['x', 'w1', ...bias(1)], ['c1'], { pads: [1, 1, 1, 1] }],
      ...norm(1),
      ['Relu', [of(1)], ['r1']],
      ['MaxPool', ['r1'], ['p1'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Conv', ['p1', 'w2', ...bias(2)], ['c2']],
      ...norm(2),
      ['Relu', [of(2)], ['r2']],
      ['Flatten', ['r2'], ['f']],
      ['Gemm', ['f', 'w3', 'b3'], ['y'], { transB: 1 }],
    ],
    constants: {
      ...Object.fromEntries(
        [...curveWeights()].map(([name, { shape, data }]) => [name, floats(shape, ...data)]),
      ),
      ...(isNormalised
        ? {
            ...{ g1: filled(4, 1), h1: filled(4, 0), m1: filled(4, 0), v1: filled(4, 1) },
            ...{ g2: filled(8, 1), h2: filled(8, 0), m2: filled(8, 0), v2: filled(8, 1) },
          }
        : {}),
    },
  }
}

/** SHA-256 over weights, inputs and labels: the fixture says what it was made of. */
export function curveDigest(): string {
  const hash = createHash('sha256')
  const { inputs, labels } = curveData()
  for (const { data } of [...curveWeights().values(), inputs, { data: labels }]) {
    hash.update(new Uint8Array(data.buffer))
  }
  return hash.digest('hex')
}

function drawn(size: number, draw: () => number): Float32Array {
  return Float32Array.from({ length: size }, draw)
}
