import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { readNpz, writeNpy, writeNpz } from './array-file.ts'
import type { DatasetOptions } from './dataset.ts'
import type { NumberArray } from './npy.ts'
import { numpyFile } from './numpy-files.test-support.ts'
import { openDataset } from './open-dataset.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merlon-arrays-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (name: string) => join(folder, name)
const floats = (shape: number[], data: number[]): NumberArray => ({
  type: 'float32',
  shape,
  data: Float32Array.from(data),
})
const classes = (...data: number[]): NumberArray => ({
  type: 'int64',
  shape: [data.length],
  data: BigInt64Array.from(data, BigInt),
})
const refusal = (path: string, options?: DatasetOptions) =>
  openDataset(path, options).then(
    () => 'accepted',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  )

test('samples and labels in two files are one data set, with the digest of each', async () => {
  await writeNpy(at('x.npy'), floats([3, 2], [1, -2, 3, 4, 5, 6]))
  await writeNpy(at('y.npy'), classes(0, 2, 1))
  const data = await openDataset(at('x.npy'), { labels: at('y.npy') })
  expect(data).toMatchObject({ kind: 'array', count: 3, sampleShape: [2], classes: 3, range: null })
  expect(data.labelNames).toEqual(['0', '1', '2'])
  const { inputs, labels } = data.read(1, 2)
  expect(inputs).toEqual({ shape: [2, 2], data: Float32Array.of(3, 4, 5, 6) })
  expect([...labels]).toEqual([2, 1])
  expect(data.inputs.map(({ path }) => path)).toEqual([at('x.npy'), at('y.npy')])
  const [{ sha256 } = { sha256: '' }] = data.inputs
  const { readFile } = await import('node:fs/promises')
  expect(sha256).toBe(
    createHash('sha256')
      .update(await readFile(at('x.npy')))
      .digest('hex'),
  )
})

test('the members of an archive are told by their names, and a split by its own', async () => {
  await writeFile(at('a.npz'), numpyFile('savez'))
  expect(await openDataset(at('a.npz'))).toMatchObject({ count: 2, sampleShape: [3, 4] })
  await writeFile(at('b.npz'), gzipSync(numpyFile('savezCompressed')))
  const test = await openDataset(at('b.npz'))
  expect(test).toMatchObject({ count: 2, sampleShape: [1, 2, 2], range: [0, 1] })
  const train = await openDataset(at('b.npz'), { split: 'train' })
  expect(train.name).toBe('b.npz (x_train)')
  // Bytes of pictures become [0, 1], as those of IDX files do.
  expect([...train.read(0, 3).inputs.data]).toEqual(Array(12).fill(1))
  expect([...train.read(0, 3).labels]).toEqual([0, 1, 2])
})

test('labels of an archive are another member or another file, if --labels says so', async () => {
  const x = floats([2, 1], [0, 1])
  await writeNpz(
    at('a.npz'),
    new Map([
      ['X', x],
      ['fine', classes(5, 6)],
      ['y', classes(0, 1)],
    ]),
  )
  await writeNpy(at('l.npy'), classes(1, 1))
  const labels = async (name?: string) => [
    ...(await openDataset(at('a.npz'), name === undefined ? {} : { labels: name })).read(0, 2)
      .labels,
  ]
  expect(await labels()).toEqual([0, 1])
  expect(await labels('fine')).toEqual([5, 6])
  expect(await labels(at('l.npy'))).toEqual([1, 1])
  expect(await refusal(at('a.npz'), { labels: 'none' })).toMatch(
    /^DATASET_LABELS_MISSING: .*X, fine/,
  )
  expect(await refusal(at('a.npz'), { split: 'test' })).toBe('accepted')
})

test('each fault is named', async () => {
  await writeNpy(at('x.npy'), floats([2, 2], [1, 2, 3, 4]))
  await writeNpy(at('nan.npy'), floats([2, 1], [1, Number.NaN]))
  await writeNpy(at('none.npy'), floats([0, 2], []))
  await writeNpy(at('half.npy'), floats([2], [0, 0.5]))
  await writeNpy(at('wide.npy'), floats([2, 2], [0, 1, 1, 0]))
  await writeNpy(at('minus.npy'), classes(0, -1))
  await writeNpy(at('three.npy'), classes(0, 1, 1))
  await writeNpy(at('two.npy'), classes(0, 1))
  await writeNpz(
    at('odd.npz'),
    new Map([
      ['left', classes(1)],
      ['right', classes(1)],
    ]),
  )
  const of = (x: string, y?: string) => refusal(at(x), y === undefined ? {} : { labels: at(y) })
  expect(await of('x.npy')).toMatch(/^DATASET_LABELS_MISSING/)
  expect(await of('x.npy', 'gone.npy')).toMatch(/^DATASET_NOT_FOUND: .*gone/)
  expect(await of('x.npy', 'three.npy')).toMatch(
    /^DATASET_COUNT_MISMATCH: .* 2 samples .* 3 labels/,
  )
  expect(await of('x.npy', 'half.npy')).toMatch(/^DATASET_NOT_CLASSES: .*0.5/)
  expect(await of('x.npy', 'wide.npy')).toMatch(/^DATASET_NOT_CLASSES: .*\[2, 2\]/)
  expect(await of('x.npy', 'minus.npy')).toMatch(/^DATASET_NOT_CLASSES: .*-1/)
  expect(await of('nan.npy', 'two.npy')).toMatch(/^DATASET_NOT_NUMERIC: .*NaN at position 1/)
  expect(await of('none.npy', 'two.npy')).toMatch(/^DATASET_EMPTY/)
  expect(await of('odd.npz')).toMatch(/^DATASET_AMBIGUOUS: .*left, right/)
  const unwritable = writeNpy(join(folder, 'x.npy', 'y'), classes(1))
  await expect(unwritable).rejects.toMatchObject({ code: 'DATASET_UNWRITABLE' })
})

describeWith('shared', 'arrays that PyTorch exported', (shared) => {
  test('are samples with labels, and gradients by parameter', async () => {
    const net = join(shared, 'reference/gradients/cnn_maxpool')
    const data = await openDataset(join(net, 'x.npy'), { labels: join(net, 'labels.npy') })
    expect(data.count).toBe(3)
    const gradients = await readNpz(join(net, 'grad_params.npz'))
    expect(gradients.size).toBeGreaterThan(3)
    for (const { shape, data: numbers } of gradients.values()) {
      expect(numbers.length).toBe(shape.reduce((a, b) => a * b, 1))
    }
  })
})
