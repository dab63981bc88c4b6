import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import type { DatasetOptions } from '../dataset.ts'
import { DatasetError } from '../dataset-error.ts'
import { openDataset } from '../open-dataset.ts'
import { pngOf, wavOf } from './picture-files.test-support.ts'
import { decodeWav } from './wav.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merlon-media-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function put(name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), bytes)
}
const open = (options?: DatasetOptions) => openDataset(folder, options)
const refusal = (options?: DatasetOptions) =>
  open(options).then(
    () => 'accepted',
    (error: unknown) =>
      error instanceof DatasetError ? `${error.code}: ${error.message}` : String(error),
  )
const grey = (...pixels: number[]) => pngOf(2, 1, pixels)

describe('a folder of pictures', () => {
  test('has a folder per class, whose samples take turns, in [0, 1]', async () => {
    await put('dog/b.png', grey(0, 51))
    await put('dog/a.png', grey(255, 102))
    await put('cat/z.png', grey(5, 10))
    await put('.DS_Store', Buffer.from('x'))
    await put('cat/.hidden', Buffer.from('x'))
    const data = await open()
    expect(data).toMatchObject({
      kind: 'pictures',
      count: 3,
      sampleShape: [1, 1, 2],
      classes: 2,
      labelNames: ['cat', 'dog'],
      range: [0, 1],
    })
    const { inputs, labels } = data.read(0, 3)
    expect([...labels]).toEqual([0, 1, 1])
    const wanted = [5, 10, 255, 102, 0, 51].map((byte) => Math.fround(byte / 255))
    expect([...inputs.data]).toEqual(wanted)
    const [{ path, sha256 } = { path: '', sha256: '' }] = data.inputs
    expect([path, sha256.length]).toEqual([folder, 64])
    await put('cat/z.png', grey(5, 11))
    expect((await open()).inputs[0]!.sha256).not.toBe(sha256)
  })

  test('in colour has channels first; grey ones beside them become RGB, and alpha is dropped', async () => {
    await put('a/1.png', pngOf(2, 1, [1, 2, 3, 4, 5, 6], 2))
    await put('a/2.png', grey(7, 8))
    await put('a/3.png', pngOf(2, 1, [9, 9, 9, 0, 8, 8, 8, 255], 6))
    const { inputs } = (await open()).read(0, 3)
    expect(inputs.shape).toEqual([3, 3, 1, 2])
    const bytes = [...inputs.data].map((value) => Math.round(value * 255))
    expect(bytes).toEqual([1, 4, 2, 5, 3, 6, 7, 8, 7, 8, 7, 8, 9, 8, 9, 8, 9, 8])
  })

  test('may be JPEG, and is turned as its EXIF orientation says', async () => {
    const pixels = { raw: { width: 16, height: 8, channels: 1 as const } }
    const half = Buffer.from({ length: 128 } as never).map((_, i) => (i % 16 < 8 ? 0 : 255))
    const plain = sharp(half, pixels).toColourspace('b-w').jpeg({ quality: 100 })
    await put('x/1.jpg', await plain.clone().toBuffer())
    expect((await open()).sampleShape).toEqual([1, 8, 16])
    // Orientation 6: the picture was taken with the camera turned, and is shown a quarter turn clockwise.
    await put('x/1.jpg', await plain.clone().withMetadata({ orientation: 6 }).toBuffer())
    const turned = await open()
    expect(turned.sampleShape.slice(1)).toEqual([16, 8])
    const { data } = turned.read(0, 1).inputs
    expect([data[0]! < 0.1, data[127]! > 0.9]).toEqual([true, true])
  })

  test('has its splits in folders', async () => {
    await put('train/a/1.png', grey(1, 1))
    await put('test/a/1.png', grey(2, 2))
    await put('test/b/1.png', grey(3, 3))
    expect(await open()).toMatchObject({ count: 2, labelNames: ['a', 'b'] })
    expect((await open({ split: 'train' })).count).toBe(1)
    expect((await open()).name).toMatch(/\(test split\)$/)
  })

  test('of several sizes is refused, unless one size is asked for', async () => {
    await put('a/1.png', grey(1, 1))
    await put('a/2.png', pngOf(2, 2, [0, 0, 100, 100]))
    expect(await refusal()).toMatch(/^DATASET_SHAPE_UNEVEN.*2\.png is 2 x 2.*2 x 1/)
    expect((await open({ size: [2, 2] })).sampleShape).toEqual([1, 2, 2])
  })

  test.each([
    ['text that is called png', Buffer.from('hello'), 'DATASET_FORMAT_UNKNOWN'],
    ['a vector picture that is called png', Buffer.from('<svg/>'), 'DATASET_FORMAT_UNKNOWN'],
    [
      'a bomb of claimed pixels',
      pngOf(1, 1, [0], 0, [60_000, 60_000]),
      'DATASET_(TOO_LARGE|CORRUPT)',
    ],
    [
      'a picture that is cut short',
      pngOf(40, 40, Array(1600).fill(7)).subarray(0, 60),
      'DATASET_CORRUPT',
    ],
  ])('with %s is refused', async (_, bytes, code) => {
    await put('a/1.png', bytes)
    expect(await refusal()).toMatch(new RegExp(`^${code}`))
  })

  test('is not mixed with other files, and has no empty class', async () => {
    await put('a/1.png', grey(1, 1))
    await put('a/notes.txt', Buffer.from('x'))
    expect(await refusal()).toMatch(/^DATASET_FORMAT_UNKNOWN.*notes\.txt/)
    await rm(join(folder, 'a/notes.txt'))
    await mkdir(join(folder, 'b'))
    expect(await refusal()).toMatch(/^DATASET_EMPTY.*"b"/)
  })

  test('of any damage is read or refused with a code', async () => {
    const whole = pngOf(
      8,
      8,
      Array.from({ length: 64 }, (_, i) => i * 4),
    )
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = Uint8Array.from(whole)
        for (const [at, byte] of changes) bytes[at] = byte
        await put('a/1.png', bytes)
        expect(await refusal()).toMatch(/^accepted$|^DATASET_/)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a WAV file', () => {
  const samples = (bytes: Uint8Array) => [...decodeWav(bytes, 'x').samples]

  test.each([
    ['8 bits, unsigned', Buffer.of(0, 128, 255), { bits: 8 }, [-1, 0, 127 / 128]],
    ['16 bits', Buffer.of(0, 0x80, 0, 0, 0xff, 0x7f), { bits: 16 }, [-1, 0, 32767 / 32768]],
    ['24 bits', Buffer.of(0, 0, 0x80, 0, 0, 0x40), { bits: 24 }, [-1, 0.5]],
    ['32 bits', Buffer.of(0, 0, 0, 0x80, 0, 0, 0, 0x20), { bits: 32 }, [-1, 0.25]],
    ['floats', Buffer.from(Float32Array.of(0.5, -1).buffer), { tag: 3, bits: 32 }, [0.5, -1]],
    ['doubles', Buffer.from(Float64Array.of(0.5).buffer), { tag: 3, bits: 64 }, [0.5]],
    ['an extensible format', Buffer.of(0, 0x40), { extensible: true }, [0.5]],
    ['two channels, by their mean', Buffer.of(0, 0x40, 0, 0), { channels: 2 }, [0.25]],
  ])('of %s is read', (_, data, format, wanted) => {
    expect(samples(wavOf(data, format))).toEqual(wanted)
    expect(decodeWav(wavOf(data, format), 'x').samplesPerSecond).toBe(8000)
  })

  test.each([
    ['compressed', wavOf(Buffer.of(1), { tag: 6, bits: 8 }), 'DATASET_TYPE_REFUSED'],
    ['cut short', wavOf(Buffer.alloc(100)).subarray(0, 90), 'DATASET_TRUNCATED'],
    ['without sound', wavOf(Buffer.alloc(0)).subarray(0, 36), 'DATASET_CORRUPT'],
    ['a picture', pngOf(1, 1, [0]), 'DATASET_FORMAT_UNKNOWN'],
    ['of no channels', wavOf(Buffer.alloc(8), { channels: 0 }), 'DATASET_CORRUPT'],
    [
      'of NaN',
      wavOf(Buffer.from(Float32Array.of(Number.NaN).buffer), { tag: 3, bits: 32 }),
      'DATASET_NOT_NUMERIC',
    ],
  ])('that is %s is refused', (_, bytes, code) => {
    expect(() => decodeWav(bytes, 'x')).toThrow(expect.objectContaining({ code }))
  })

  test('of any bytes is a sound or a coded error', () => {
    const whole = wavOf(Buffer.alloc(64, 9))
    const damaged = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 })
      .map((changes) => {
        const bytes = Uint8Array.from(whole)
        for (const [at, byte] of changes) bytes[at] = byte
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        try {
          decodeWav(bytes, 'x')
        } catch (error) {
          expect(error).toBeInstanceOf(DatasetError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('a folder of recordings', () => {
  test('pads with silence to the longest, or to the length that is asked for', async () => {
    await put('no/1.wav', wavOf(Buffer.of(0, 0x40, 0, 0x20)))
    await put('yes/1.wav', wavOf(Buffer.of(0, 0xc0)))
    const data = await open()
    expect(data).toMatchObject({ kind: 'sounds', sampleShape: [2], range: [-1, 1] })
    expect([...data.read(0, 2).inputs.data]).toEqual([0.5, 0.25, -0.5, 0])
    expect([...(await open({ length: 1 })).read(0, 2).inputs.data]).toEqual([0.5, -0.5])
  })

  test('of several sample rates is refused', async () => {
    await put('a/1.wav', wavOf(Buffer.alloc(4)))
    await put('a/2.wav', wavOf(Buffer.alloc(4), { rate: 16_000 }))
    expect(await refusal()).toMatch(/^DATASET_SHAPE_UNEVEN.*16000.*8000/)
  })

  test('whose names say the class needs their pattern', async () => {
    await put('3_ann_0.wav', wavOf(Buffer.alloc(4)))
    await put('1_bob_0.wav', wavOf(Buffer.alloc(4)))
    expect(await refusal()).toMatch(/^DATASET_LABELS_MISSING.*\{label\}_/)
    expect(await open({ labels: '{label}_*' })).toMatchObject({ labelNames: ['1', '3'] })
    expect((await open({ labels: '*_{label}_*' })).labelNames).toEqual(['ann', 'bob'])
    expect(await refusal({ labels: 'x{label}' })).toMatch(/^DATASET_LABELS_MISSING.*pattern/)
  })
})

describeWith('shared', 'the spoken digits', (shared) => {
  test('are 3,000 recordings of ten classes at 8 kHz', async () => {
    execFileSync('tar', ['xzf', join(shared, 'data/audio/fsdd-recordings.tar.gz'), '-C', folder])
    const inner = execFileSync('find', [folder, '-name', '0_jackson_0.wav'], { encoding: 'utf8' })
    const data = await openDataset(dirname(inner.trim()), { labels: '{label}_*', length: 8000 })
    expect(data).toMatchObject({ count: 3000, classes: 10, sampleShape: [8000], range: [-1, 1] })
    expect([...data.read(0, 10).labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const { data: numbers } = data.read(0, 1).inputs
    expect(numbers.some((value) => Math.abs(value) > 0.05)).toBe(true)
  })
})
