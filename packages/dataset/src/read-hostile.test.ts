import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvDataset } from './csv-dataset.ts'
import type { Dataset } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import { encodeIdx } from './idx.ts'
import { idxDataset } from './idx-dataset.ts'
import { inflate } from './stored-file.ts'

const stored = (bytes: Uint8Array) => ({ path: 'x', sha256: '', bytes })
const labels = stored(encodeIdx({ dimensions: [2], values: Uint8Array.of(0, 1) }))

/** Every sample of it, or the coded error with which it was refused; anything else fails the test. */
async function readAll(open: () => Dataset | Promise<Dataset>): Promise<number | string> {
  try {
    const dataset = await open()
    const { inputs } = dataset.read(0, dataset.count)
    return inputs.data.length
  } catch (error) {
    if (error instanceof DatasetError) return error.code
    throw error
  }
}

test('no bytes crash the IDX reader', async () => {
  const header = fc
    .tuple(fc.constantFrom(1, 3, 8), fc.array(fc.nat(255), { maxLength: 40 }))
    .map(([rank, rest]) => Uint8Array.of(0, 0, 8, rank, ...rest))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 64 }), header), async (bytes) => {
      await readAll(() => idxDataset('x', stored(bytes), labels))
      await readAll(() => idxDataset('x', labels, stored(bytes)))
    }),
    { numRuns: 500 },
  )
})

test('no bytes and no text crash the CSV reader', async () => {
  const tableText = fc
    .array(
      fc.constantFrom('1', ',', '"', '\n', '\r\n', ';', '\t', '-2e3', 'a', '\0', '\ufeff', ' '),
      {
        maxLength: 60,
      },
    )
    .map((parts) => new TextEncoder().encode(parts.join('')))
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.uint8Array({ maxLength: 80 }), tableText),
      fc.option(fc.string({ maxLength: 4 }), { nil: undefined }),
      async (bytes, name) => {
        await readAll(() =>
          csvDataset('x', stored(bytes), name === undefined ? {} : { labels: name }),
        )
      },
    ),
    { numRuns: 500 },
  )
})

test('no bytes crash decompression, and any cut of a gzip stream is called truncated or corrupt', async () => {
  const whole = gzipSync(new Uint8Array(5000).map((_, i) => (i * i) % 251))
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
      await expect(inflate(whole.subarray(0, length), 'x')).rejects.toSatisfy(
        (error) =>
          error instanceof DatasetError &&
          ['DATASET_TRUNCATED', 'DATASET_CORRUPT'].includes(error.code),
      )
    }),
    { numRuns: 60 },
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      await inflate(Uint8Array.of(0x1f, 0x8b, ...bytes), 'x').catch((error: unknown) => {
        expect(error).toBeInstanceOf(DatasetError)
      })
    }),
    { numRuns: 60 },
  )
})

test('a header that promises more than the file holds allocates nothing and is refused', async () => {
  const huge = Uint8Array.of(0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 16, 0, 0, 0, 16, 0)
  expect(await readAll(() => idxDataset('x', stored(huge), labels))).toBe('DATASET_TRUNCATED')
  const wide = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 255, 255, 255, 255, 0, 0, 0, 1)
  expect(await readAll(() => idxDataset('x', stored(wide), labels))).toBe('DATASET_TOO_LARGE')
})

test('what is encoded as IDX is decoded to the same samples', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.nat(255)),
      (count, side, bytes) => {
        const take = (n: number) => Uint8Array.from({ length: n }, () => bytes.next().value)
        const values = take(count * side * side)
        const classes = take(count)
        const dataset = idxDataset(
          'x',
          stored(encodeIdx({ dimensions: [count, side, side], values })),
          stored(encodeIdx({ dimensions: [count], values: classes })),
        )
        const samples = dataset.read(0, count)
        expect(Uint8Array.from(samples.inputs.data, (value) => Math.round(value * 255))).toEqual(
          values,
        )
        expect(samples.labels).toEqual(Int32Array.from(classes))
        expect(dataset.classes).toBe(Math.max(...classes) + 1)
      },
    ),
  )
})

test('a small file that inflates past the limit is refused', async () => {
  const bomb = gzipSync(new Uint8Array(100_000))
  expect(bomb.length).toBeLessThan(200)
  await expect(inflate(bomb, 'x', 99_999)).rejects.toMatchObject({ code: 'DATASET_TOO_LARGE' })
  expect((await inflate(bomb, 'x', 100_000)).length).toBe(100_000)
})
