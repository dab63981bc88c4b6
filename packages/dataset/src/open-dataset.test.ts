import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import type { DatasetOptions } from './dataset.ts'
import { drawDigits } from './draw-digits.ts'
import { openDataset } from './open-dataset.ts'
import { writeIdxFolder } from './write-idx-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merlon-dataset-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const refusal = (path: string, options?: DatasetOptions) =>
  openDataset(path, options).then(
    () => 'accepted',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  )
const images = (split: string) => join(folder, `${split}-images-idx3-ubyte`)
const labels = (split: string) => join(folder, `${split}-labels-idx1-ubyte`)

describe('a folder of IDX files', () => {
  test('drawn digits survive writing and reading exactly, with a channel axis', async () => {
    const digits = drawDigits({ count: 12, seed: 4 })
    await writeIdxFolder(join(folder, 'new', 'digits'), digits, 'test')
    const dataset = await openDataset(join(folder, 'new', 'digits'))
    expect(dataset.read(0, 12)).toEqual(digits)
    expect(dataset).toMatchObject({
      kind: 'idx',
      count: 12,
      sampleShape: [1, 28, 28],
      range: [0, 1],
    })
    expect(dataset.name).toBe('digits (test split)')
  })

  test('test is the default split, train where there is no test, and the name says so', async () => {
    await writeIdxFolder(folder, drawDigits({ count: 3, seed: 1 }), 'train')
    expect((await openDataset(folder)).name).toMatch(/\(train split; there is no test split\)$/)
    expect(await refusal(folder, { split: 'test' })).toMatch(/^DATASET_SPLIT_MISSING/)
    await writeIdxFolder(folder, drawDigits({ count: 2, seed: 1 }), 'test')
    expect((await openDataset(folder)).count).toBe(2)
    const train = await openDataset(folder, { split: 'train' })
    expect(train.count).toBe(3)
    expect(train.name).toMatch(/\(train split\)$/)
  })

  test('compressed files are read, and their digest is that of the file as stored', async () => {
    await writeIdxFolder(folder, drawDigits({ count: 3, seed: 1 }), 'test')
    const packed = gzipSync(await readFile(images('t10k')))
    await writeFile(`${images('t10k')}.gz`, packed)
    await rm(images('t10k'))
    const dataset = await openDataset(folder)
    expect(dataset.count).toBe(3)
    expect(dataset.inputs[0]).toEqual({
      path: `${images('t10k')}.gz`,
      sha256: createHash('sha256').update(packed).digest('hex'),
    })
  })

  test('one file of a pair opens both', async () => {
    await writeIdxFolder(folder, drawDigits({ count: 3, seed: 1 }), 'test')
    await writeIdxFolder(folder, drawDigits({ count: 4, seed: 1 }), 'train')
    expect((await openDataset(images('train'))).count).toBe(4)
    expect((await openDataset(labels('t10k'))).count).toBe(3)
  })

  test('each fault is named with its file', async () => {
    await writeIdxFolder(folder, drawDigits({ count: 3, seed: 1 }), 'test')
    const whole = await readFile(images('t10k'))
    await writeFile(images('t10k'), whole.subarray(0, 100))
    expect(await refusal(folder)).toMatch(
      /^DATASET_TRUNCATED: .*t10k-images.* 100 of the 2368 bytes/,
    )
    await writeFile(images('t10k'), Buffer.concat([whole, Buffer.of(1)]))
    expect(await refusal(folder)).toMatch(/^DATASET_CORRUPT: .*t10k-images/)
    await writeFile(images('t10k'), 'these are not images')
    expect(await refusal(folder)).toMatch(/^DATASET_FORMAT_UNKNOWN: .*t10k-images/)
    await writeFile(images('t10k'), gzipSync(whole).subarray(0, 60))
    expect(await refusal(folder)).toMatch(/^DATASET_(TRUNCATED|CORRUPT): .*t10k-images/)
    await writeFile(images('t10k'), whole)
    await writeFile(labels('t10k'), Buffer.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6))
    expect(await refusal(folder)).toMatch(/^DATASET_COUNT_MISMATCH: .* 3 images .* 2 labels/)
    await rm(labels('t10k'))
    expect(await refusal(folder)).toMatch(/^DATASET_LABELS_MISSING: .*put t10k-labels-idx1-ubyte/)
  })
})

test('nothing there, an empty folder, and a pipe are each refused at once', async () => {
  expect(await refusal(join(folder, 'nope'))).toMatch(/^DATASET_NOT_FOUND/)
  expect(await refusal(folder)).toMatch(/^DATASET_EMPTY/)
  execFileSync('mkfifo', [join(folder, 'pipe')])
  expect(await refusal(join(folder, 'pipe'))).toMatch(/^DATASET_UNREADABLE/)
  await mkdir(join(folder, 'sub.csv'))
  expect(await refusal(folder)).toMatch(/^DATASET_EMPTY/)
})

test('a folder of unrelated tables is not guessed at, and a single table is opened', async () => {
  await writeFile(join(folder, 'wine.csv'), '1,2,0\n3,4,1\n')
  expect((await openDataset(folder)).count).toBe(2)
  await writeFile(join(folder, 'iris-test.csv'), '1,0\n2,1\n')
  expect(await refusal(folder)).toMatch(/^DATASET_AMBIGUOUS: .*iris-test, wine/)
})

test('a folder that cannot be written is a coded error', async () => {
  await writeFile(join(folder, 'file'), '')
  const digits = drawDigits({ count: 1, seed: 1 })
  await expect(writeIdxFolder(join(folder, 'file', 'x'), digits, 'test')).rejects.toMatchObject({
    code: 'DATASET_UNWRITABLE',
  })
})

describeWith('shared', 'real files', (shared) => {
  test('MNIST has its published sizes and first labels', async () => {
    const dataset = await openDataset(join(shared, 'data/mnist'))
    expect(dataset).toMatchObject({ count: 10_000, sampleShape: [1, 28, 28], classes: 10 })
    // The first ten test labels, as every tutorial shows them.
    expect([...dataset.read(0, 10).labels]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    expect((await openDataset(join(shared, 'data/mnist'), { split: 'train' })).count).toBe(60_000)
  })

  test('pixels equal those of the file read by hand', async () => {
    const raw = gunzipSync(await readFile(join(shared, 'data/mnist/t10k-images-idx3-ubyte.gz')))
    const { inputs } = (await openDataset(join(shared, 'data/mnist'))).read(9999, 1)
    expect(Array.from(inputs.data, (v) => Math.round(v * 255))).toEqual([...raw.subarray(-784)])
  })

  test.each([
    ['banknote_authentication', 1372, 4],
    ['phoneme', 5404, 5],
    ['pima-indians-diabetes', 768, 8],
  ])('%s has its published size', async (name, count, features) => {
    const dataset = await openDataset(join(shared, `data/tabular/${name}.csv.gz`))
    expect(dataset).toMatchObject({ kind: 'csv', count, sampleShape: [features], classes: 2 })
  })

  test('a text column of adult is named', async () => {
    const said = await refusal(join(shared, 'data/tabular/adult-test.csv.gz'))
    expect(said).toMatch(/^DATASET_NOT_NUMERIC: .*line 1, column 2/)
  })

  test('a model file is not a data set', async () => {
    const said = await refusal(join(shared, 'data/models/mnist_std.onnx'))
    expect(said).toMatch(/^DATASET_FORMAT_UNKNOWN/)
  })
})

test('every code has a page', async () => {
  const { datasetErrorPages } = await import('./error-pages.ts')
  for (const page of Object.values(datasetErrorPages)) {
    expect(page.meaning.length).toBeGreaterThan(40)
    expect(page.fix).toMatch(/\.$/)
  }
})
