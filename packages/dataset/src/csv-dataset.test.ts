import { expect, test } from 'vitest'
import { csvDataset } from './csv-dataset.ts'
import type { DatasetOptions } from './dataset.ts'
import { limits } from './limits.ts'

const read = (text: string, options?: DatasetOptions) =>
  csvDataset('t', { path: 't.csv', sha256: '', bytes: new TextEncoder().encode(text) }, options)
const refusal = async (text: string, options?: DatasetOptions) => {
  try {
    await read(text, options)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

test('the last column is the label and text labels are numbered in sorted order', async () => {
  const table = await read('1,2,pear\n3,4,apple\n5,6,pear\n')
  expect(table.labelNames).toEqual(['apple', 'pear'])
  expect(table.read(0, 3).labels).toEqual(Int32Array.of(1, 0, 1))
  expect(table.read(1, 2).inputs).toEqual({ shape: [2, 2], data: Float32Array.of(3, 4, 5, 6) })
  expect(table.range).toBeNull()
})

test('integer labels are numbered by value, not by spelling', async () => {
  expect((await read('1,10\n1,9\n1,-1\n')).labelNames).toEqual(['-1', '9', '10'])
})

test('a heading is told from data, and names the label column', async () => {
  const text = 'class,width,height\n1,2.5,3\n0,4,5\n'
  const table = await read(text, { labels: 'class' })
  expect(table.count).toBe(2)
  expect(table.featureNames).toEqual(['width', 'height'])
  expect(table.read(0, 2).labels).toEqual(Int32Array.of(1, 0))
  expect((await read(text, { labels: '1' })).read(0, 1).inputs.data).toEqual(
    Float32Array.of(2.5, 3),
  )
})

test('text in both rows is data, not a heading', async () => {
  expect(await refusal('39,State-gov,0\n50,Private,1\n')).toMatch(
    /^DATASET_NOT_NUMERIC: t.csv, line 1, column 2: /,
  )
})

test('the explicit option beats the guess', async () => {
  expect((await read('1,2\n3,4\n', { header: true })).count).toBe(1)
  expect(await refusal('a,b\n3,4\n', { header: false })).toMatch(/line 1, column 1/)
})

test('semicolons, tabs, quotes, a byte order mark, CRLF and empty lines are read', async () => {
  for (const text of [
    '1;2;0\n3;4;1\n',
    '1\t2\t0\n3\t4\t1\n',
    '\ufeff"1", 2,0\r\n\r\n3,"4",1\r\n',
  ]) {
    expect((await read(text)).read(0, 2)).toEqual({
      inputs: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      labels: Int32Array.of(0, 1),
    })
  }
})

test.each(['', '?', 'NaN', 'inf', '1e999', '0x10', '1_000', '1.2.3', ' '])(
  'a feature %j is refused with its line and column',
  async (cell) => {
    const said = await refusal(`height,width,y\n1,2,0\n1,${cell},0\n`)
    expect(said).toMatch(/^DATASET_NOT_NUMERIC: t.csv, line 3, column 2 \("width"\)/)
  },
)

test('an error never repeats the value, which may be private', async () => {
  expect(await refusal('1,2,0\n1,secret-name,0\n')).not.toContain('secret-name')
})

test('a label column that does not exist is refused with the choices', async () => {
  expect(await refusal('a,b\n1,2\n3,4\n', { labels: 'c' })).toMatch(/COLUMN_UNKNOWN.*"a", "b"/)
  for (const labels of ['0', '3', '1.5', '-1']) {
    expect(await refusal('1,2\n3,4\n', { labels })).toMatch(/COLUMN_UNKNOWN/)
  }
})

test('a column of measurements is refused as a label', async () => {
  expect(await refusal('1,0.5\n2,0.25\n')).toMatch(/^DATASET_NOT_CLASSES/)
  const many = Array.from({ length: limits.classesMax + 1 }, (_, i) => `1,${i}`).join('\n')
  expect(await refusal(many)).toMatch(/^DATASET_NOT_CLASSES/)
  expect((await read('1,1.0\n2,0.0\n')).labelNames).toEqual(['0.0', '1.0'])
})

test('faults of the text are refused with their line', async () => {
  expect(await refusal('1,2\n3,4\n5\n')).toMatch(/^DATASET_ROW_UNEVEN: t.csv, line 3/)
  expect(await refusal('1,2\n"3,4\n')).toMatch(/^DATASET_CORRUPT: t.csv, line/)
  expect(await refusal(`1,2\n"${'x'.repeat(limits.recordCharsMax + 10)}`)).toMatch(
    /^DATASET_TOO_LARGE/,
  )
  expect(await refusal('')).toMatch(/^DATASET_EMPTY/)
  expect(await refusal('a,b\n', { header: true })).toMatch(/^DATASET_EMPTY/)
  expect(await refusal('1\n2\n')).toMatch(/^DATASET_FORMAT_UNKNOWN/)
  expect(await refusal('1,2,\n')).toMatch(/^DATASET_NOT_CLASSES/)
  expect(await refusal('\0,1\n')).toMatch(/^DATASET_FORMAT_UNKNOWN/)
  expect(await refusal(`${'1,'.repeat(limits.tableColumnsMax)}1\n`)).toMatch(/^DATASET_TOO_LARGE/)
})

test('reading stops on the signal and tells how far it came', async () => {
  const text = '1,2,0\n'.repeat(200_000)
  const bytes = new TextEncoder().encode(text)
  const stop = new AbortController()
  const seen: number[] = []
  const progress = (done: number) => {
    seen.push(done)
    stop.abort()
  }
  const file = { path: 't.csv', sha256: '', bytes }
  await expect(csvDataset('t', file, {}, { signal: stop.signal, progress })).rejects.toMatchObject({
    name: 'AbortError',
  })
  expect(seen.length).toBe(1)
  expect(seen[0]).toBeLessThan(bytes.length)
})
