import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'
import { decodeNpy, encodeNpy, type NumberArray } from './npy.ts'
import { decodeNpz, encodeNpz } from './npz.ts'
import { numpyFile, type numpyFiles } from './numpy-files.test-support.ts'

const decode = (name: keyof typeof numpyFiles) => decodeNpy(numpyFile(name), name)
const ramp = Array.from({ length: 24 }, (_, i) => i)

/** The code with which bytes are refused; 'read' if they are not. */
async function outcome(read: () => unknown): Promise<string> {
  try {
    await read()
    return 'read'
  } catch (error) {
    if (error instanceof DatasetError) return error.code
    throw error
  }
}

describe('what NumPy wrote is read', () => {
  test('in C and in Fortran order, small and big end first', () => {
    const wanted = ramp.map((i) => i / 8 - 1)
    const plain = decode('float32')
    expect(plain).toMatchObject({ type: 'float32', shape: [2, 3, 4] })
    expect([...plain.data]).toEqual(wanted)
    const fortran = decode('float64Fortran')
    expect(fortran).toMatchObject({ type: 'float64', shape: [2, 3, 4] })
    expect([...fortran.data]).toEqual(wanted)
    expect([...decode('int16Big').data]).toEqual(ramp)
  })

  test('with integers beyond 2^53, truth values, no dimensions, and later header versions', () => {
    expect(decode('int64').data).toEqual(BigInt64Array.of(-1n, 2n ** 53n + 1n, 7n))
    expect(decode('bool')).toEqual({ type: 'bool', shape: [1, 2], data: Uint8Array.of(1, 0) })
    expect(decode('scalar')).toEqual({ type: 'float32', shape: [], data: Float32Array.of(2.5) })
    for (const name of ['version2', 'version3'] as const) {
      expect([...decode(name).data]).toEqual([1, 2])
    }
  })

  test('as archives, stored and deflated', async () => {
    const stored = await decodeNpz(numpyFile('savez'), 'x')
    expect([...stored.keys()]).toEqual(['x', 'y'])
    expect([...stored.get('x')!.data]).toEqual(ramp)
    const deflated = await decodeNpz(numpyFile('savezCompressed'), 'x')
    expect(deflated.get('x_train')).toMatchObject({ type: 'uint8', shape: [3, 2, 2] })
    expect(deflated.get('y_test')!.data).toEqual(BigInt64Array.of(1n, 1n))
  })
})

describe('what is no array of numbers is refused', () => {
  test.each(['objects', 'structured', 'complex'] as const)('%s', (name) => {
    expect(() => decode(name)).toThrow(
      expect.objectContaining({ code: 'DATASET_TYPE_REFUSED', message: expect.any(String) }),
    )
  })

  test('and Python objects are named as what they are', () => {
    expect(() => decode('objects')).toThrow(/run code when they are read/)
  })

  test('a file that is cut, longer, or no array', async () => {
    const whole = numpyFile('float32')
    for (let length = 0; length < whole.length; length += 3) {
      const said = await outcome(() => decodeNpy(whole.subarray(0, length), 'x'))
      expect(['DATASET_TRUNCATED', 'DATASET_FORMAT_UNKNOWN']).toContain(said)
    }
    const longer = Buffer.concat([whole, Buffer.of(0)])
    expect(await outcome(() => decodeNpy(longer, 'x'))).toBe('DATASET_CORRUPT')
  })

  test('a header that promises more than the file holds allocates nothing', async () => {
    const huge = (shape: string) => {
      const bytes = Buffer.from(encodeNpy({ type: 'uint8', shape: [1], data: Uint8Array.of(1) }))
      const text = `'shape': (${shape}), }`
      bytes.write(text, bytes.indexOf("'shape'"), 'latin1')
      return bytes
    }
    expect(await outcome(() => decodeNpy(huge('9999999999999'), 'x'))).toBe('DATASET_TOO_LARGE')
    expect(await outcome(() => decodeNpy(huge('1000000,'), 'x'))).toBe('DATASET_TRUNCATED')
    expect(await outcome(() => decodeNpy(huge('1,'.repeat(20)), 'x'))).toBe('read')
    expect(await outcome(() => decodeNpy(huge('-1,'), 'x'))).toBe('DATASET_CORRUPT')
    expect(await outcome(() => decodeNpy(huge('1,,1'), 'x'))).toBe('DATASET_CORRUPT')
  })

  test('an archive whose numbers were changed, or whose member lies about its size', async () => {
    for (const name of ['savez', 'savezCompressed'] as const) {
      const bytes = Buffer.from(numpyFile(name))
      bytes[bytes.indexOf('.npy') + 60]! ^= 1
      expect(await outcome(() => decodeNpz(bytes, 'x'))).toBe('DATASET_CORRUPT')
    }
    const bomb = Buffer.from(numpyFile('savezCompressed'))
    const entry = bomb.indexOf(Buffer.of(0x50, 0x4b, 1, 2))
    bomb.writeUInt32LE(10, entry + 24)
    expect(await outcome(() => decodeNpz(bomb, 'x'))).toBe('DATASET_CORRUPT')
    bomb.writeUInt32LE(limits.fileBytesMax + 1, entry + 24)
    expect(await outcome(() => decodeNpz(bomb, 'x'))).toBe('DATASET_TOO_LARGE')
  })

  test('an archive that is encrypted', async () => {
    const bytes = Buffer.from(numpyFile('savez'))
    bytes[bytes.indexOf(Buffer.of(0x50, 0x4b, 1, 2)) + 8]! |= 1
    expect(await outcome(() => decodeNpz(bytes, 'x'))).toBe('DATASET_FORMAT_UNKNOWN')
  })
})

test('no bytes crash the readers', async () => {
  const seeds = ['float32', 'float64Fortran', 'savez', 'savezCompressed', 'objects'] as const
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 6 }),
    )
    .map(([name, changes]) => {
      const bytes = Buffer.from(numpyFile(name))
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return bytes
    })
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), async (bytes) => {
      await outcome(() => decodeNpy(bytes, 'x'))
      await outcome(() => decodeNpz(bytes, 'x'))
    }),
    { numRuns: 1000 },
  )
})

test('what is written is read again, byte for byte as NumPy writes it', async () => {
  for (const name of ['float32', 'int64', 'bool', 'scalar'] as const) {
    const bytes = numpyFile(name)
    expect(Buffer.from(encodeNpy(decodeNpy(bytes, name))).equals(bytes)).toBe(true)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), { maxLength: 3 }),
      async (shape, names) => {
        const count = shape.reduce((a, b) => a * b, 1)
        const data = Float32Array.from({ length: count }, (_, i) => i / 3)
        const array: NumberArray = { type: 'float32', shape, data }
        const arrays = new Map(names.map((name) => [name.toWellFormed(), array]))
        const again = await decodeNpz(encodeNpz(arrays), 'x')
        expect([...again]).toEqual([...arrays])
      },
    ),
    { numRuns: 100 },
  )
})
