import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DatasetError } from './dataset-error.ts'
import { openDataset } from './open-dataset.ts'
import { parquetDataset } from './parquet-dataset.ts'
import { parquetFile } from './parquet-files.test-support.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merlon-parquet-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const stored = (bytes: Uint8Array) => ({ path: 'x.parquet', sha256: '', bytes })
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof DatasetError ? `${error.code}: ${error.message}` : error),
  )

describe('a Parquet table', () => {
  test.each(['snappy', 'gzip'] as const)(
    'compressed with %s is read as its writer meant it',
    async (codec) => {
      await writeFile(join(folder, 'table.parquet'), parquetFile(codec))
      const data = await openDataset(folder)
      expect(data).toMatchObject({
        kind: 'parquet',
        count: 50,
        sampleShape: [4],
        classes: 3,
        labelNames: ['class0', 'class1', 'class2'],
        featureNames: ['id', 'f', 'g', 'flag'],
        range: null,
      })
      const { inputs, labels } = data.read(0, 50)
      for (let i = 0; i < 50; i++) {
        const wanted = [i, i / 2, Math.fround(i / 3), i % 2 === 0 ? 1 : 0]
        expect([...inputs.data.subarray(4 * i, 4 * i + 4)]).toEqual(wanted)
      }
      expect([...labels]).toEqual(Array.from({ length: 50 }, (_, i) => i % 3))
      expect(data.inputs[0]!.path).toBe(join(folder, 'table.parquet'))
    },
  )

  test('takes the label column that is named or numbered', async () => {
    const labelled = (labels: string) =>
      parquetDataset('x', stored(parquetFile('null')), { labels })
    expect(await refusal(labelled('y'))).toMatch(/^DATASET_NOT_NUMERIC.*row 4, column "a"/)
    expect(await refusal(labelled('z'))).toMatch(/^DATASET_COLUMN_UNKNOWN.*"a", "y"/)
    expect(await refusal(labelled('1'))).toMatch(/^DATASET_NOT_CLASSES.*empty/)
  })

  test.each([
    ['zstd', /^DATASET_FORMAT_UNKNOWN.*ZSTD; write it with snappy or gzip/],
    ['list', /^DATASET_FORMAT_UNKNOWN.*lists or records/],
  ] as const)('with %s inside is refused with the way out', async (name, message) => {
    expect(await refusal(parquetDataset('x', stored(parquetFile(name))))).toMatch(message)
  })

  test('that is cut short or is none is refused', async () => {
    const whole = parquetFile('snappy')
    const cut = stored(whole.subarray(0, 700))
    expect(await refusal(parquetDataset('x', cut))).toMatch(/^DATASET_CORRUPT/)
    const text = stored(Buffer.from('PAR1 and nothing else'))
    expect(await refusal(parquetDataset('x', text))).toMatch(/^DATASET_CORRUPT/)
  })

  test('is given up when its task is stopped', async () => {
    const signal = AbortSignal.abort(new Error('stopped'))
    const task = { signal, progress: () => undefined }
    const opening = parquetDataset('x', stored(parquetFile('snappy')), {}, task)
    await expect(opening).rejects.toThrow('stopped')
  })

  test('of any damage in its bytes is a table or a coded error, thread included', async () => {
    const whole = parquetFile('snappy')
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = Uint8Array.from(whole)
        for (const [at, byte] of changes) bytes[at] = byte
        expect(await refusal(parquetDataset('x', stored(bytes)))).toMatch(/^accepted$|^DATASET_/)
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})
