import { gaussian, seededRandom } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import { float } from '../attributes.ts'
import type { Constant } from '../constant.ts'
import { openModel } from '../onnx-model.ts'
import { runtimeFileOf } from '../runtime-file.ts'
import { Session } from '../session.ts'
import { floats, type NodeSketch, sketched, sketchedBytes } from '../test-graphs.test-support.ts'
import { foldNormalization } from './fold-normalization.ts'

const random = seededRandom(11)
const drawn = (...shape: number[]) =>
  floats(shape, ...Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => gaussian(random)))
const positive = (size: number) =>
  floats([size], ...Array.from({ length: size }, () => 0.5 + random()))

const constants: Record<string, Constant> = {
  w1: drawn(4, 2, 3, 3),
  b1: drawn(4),
  w2: drawn(6, 2, 3, 3),
  ...Object.fromEntries(
    [4, 6].flatMap((size) => [
      [`scale${size}`, drawn(size)],
      [`shift${size}`, drawn(size)],
      [`mean${size}`, drawn(size)],
      [`variance${size}`, positive(size)],
    ]),
  ),
  fc: drawn(6, 3),
}
const normal = (x: string, y: string, size: number, attributes = {}): NodeSketch => [
  'BatchNormalization',
  [x, `scale${size}`, `shift${size}`, `mean${size}`, `variance${size}`],
  [y],
  { epsilon: float(0.001), ...attributes },
]
// One with biases, one without and in two groups.
const nodes: readonly NodeSketch[] = [
  ['Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }],
  normal('c1', 'n1', 4),
  ['Relu', ['n1'], ['r1']],
  ['Conv', ['r1', 'w2'], ['c2'], { group: 2, strides: [2, 2] }],
  normal('c2', 'n2', 6),
  ['GlobalAveragePool', ['n2'], ['p']],
  ['Flatten', ['p'], ['f']],
  ['MatMul', ['f', 'fc'], ['y']],
]
const sketch = {
  inputs: [['x', [-1, 2, 7, 6]]],
  outputs: [['y', [-1, 3]]],
  nodes,
  constants,
} as const
const data = Float32Array.from({ length: 3 * 84 }, () => gaussian(random))
const batch = { shape: [3, 2, 7, 6], data }

describe('folding batch normalisation', () => {
  test('leaves convolutions alone, which give the same', async () => {
    const before = sketched(sketch)
    const after = foldNormalization(before)
    expect(after.nodes.map(({ op }) => op)).toEqual(
      nodes.map(([op]) => op).filter((op) => op !== 'BatchNormalization'),
    )
    expect(after.constants.has('mean4')).toBe(false)
    const found = []
    for (const graph of [before, after]) {
      // The runtime itself folds where it may: it is kept from that.
      const options = { name: 'the graph', threads: 1, optimization: 'disabled' } as const
      const session = await Session.open(runtimeFileOf(graph), options)
      found.push((await session.run({ x: { type: 'float32', ...batch } })).y!.data)
      await session.close()
    }
    for (const [i, value] of Array.from(found[1] as Float32Array).entries()) {
      expect(value).toBeCloseTo(Number(found[0]![i]), 4)
    }
  })

  test('gives the input gradient of central differences', async () => {
    const model = await openModel(sketchedBytes(sketch), { threads: 1 })
    const labels = Int32Array.of(0, 2, 1)
    const { gradient } = await model.lossGradient(batch, labels)
    const step = 1e-2
    for (const at of [5, 40, 100, 130, 200, 251]) {
      const losses = []
      for (const by of [step, -step]) {
        const moved = { shape: batch.shape, data: data.slice() }
        moved.data[at]! += by
        const found = await model.lossGradient(moved, labels)
        losses.push(found.losses.reduce((sum, loss) => sum + loss, 0))
      }
      expect(gradient.data[at]).toBeCloseTo((losses[0]! - losses[1]!) / (2 * step), 2)
    }
    await model.close()
  })

  test.each<{ what: string; kept?: readonly NodeSketch[]; others?: Record<string, Constant> }>([
    {
      what: 'where something else reads the convolution',
      kept: [...nodes, ['Neg', ['c1'], ['y2']]],
    },
    {
      what: 'in training mode',
      kept: nodes.map((node) =>
        node[2][0] === 'n1' ? normal('c1', 'n1', 4, { training_mode: 1 }) : node,
      ),
    },
    {
      what: 'whose variance leads to no number',
      others: { variance4: floats([4], -1, 1, 1, 1) },
    },
    { what: 'whose sizes do not fit', others: { mean4: floats([3], 1, 1, 1) } },
  ])('keeps one $what', ({ kept = nodes, others = {} }) => {
    const outputs = kept.flatMap(([, , [y = '']]) =>
      y.startsWith('y') ? [[y, [-1, 3]] as const] : [],
    )
    const graph = sketched({
      ...sketch,
      outputs,
      nodes: kept,
      constants: { ...constants, ...others },
    })
    const found = foldNormalization(graph).nodes.filter(({ op }) => op === 'BatchNormalization')
    expect(found.flatMap(({ outputs }) => outputs)).toEqual(['n1'])
  })

  test('gives back a graph that has nothing to fold', () => {
    const graph = sketched({
      ...sketch,
      nodes: nodes
        .slice(5)
        .map((node, i) => (i === 0 ? ['GlobalAveragePool', ['x'], ['p']] : node)),
    })
    expect(foldNormalization(graph)).toBe(graph)
  })
})
