import { describe, expect, test } from 'vitest'
import { openModel } from './onnx-model.ts'
import type { NamedTensor } from './session.ts'
import { linear, sketchedBytes, wholes } from './test-graphs.test-support.ts'

const options = { threads: 1 }

describe('raw inference', () => {
  test.each<readonly [string, number, NamedTensor['data']]>([
    ['float32', 1, new Float32Array([1, -2])],
    ['float64', 11, new Float64Array([1, -2])],
    ['float16', 10, new Uint16Array([0x3c00, 0xc000])],
    ['int8', 3, new Int8Array([1, -2])],
    ['uint8', 2, new Uint8Array([1, 255])],
    ['int32', 6, new Int32Array([1, -2])],
    ['int64', 7, new BigInt64Array([1n, -(2n ** 60n) - 1n])],
    ['bool', 9, new Uint8Array([1, 0])],
    ['string', 8, ['a', 'b']],
  ])('takes and gives %s', async (type, code, data) => {
    const bytes = sketchedBytes({
      inputs: [['x', [-1], code]],
      outputs: [['y', [-1, 1], code]],
      nodes: [['Unsqueeze', ['x', 'axes'], ['y']]],
      constants: { axes: wholes(1) },
    })
    const model = await openModel(bytes, options)
    const { y } = await model.run({ x: { type, shape: [2], data } })
    expect(y?.type).toBe(type)
    expect(y?.shape).toEqual([2, 1])
    expect([...(y?.data ?? [])]).toEqual([...data])
    await model.close()
  })

  test.each<readonly [string, Record<string, NamedTensor>, string, string]>([
    [
      'an unknown input',
      { z: { type: 'float32', shape: [1, 2], data: new Float32Array(2) } },
      'INPUT_MISMATCH',
      "no input 'z'",
    ],
    ['a missing input', {}, 'INPUT_MISMATCH', "'x' is missing"],
    [
      'another type',
      { x: { type: 'int64', shape: [1, 2], data: new BigInt64Array(2) } },
      'INPUT_MISMATCH',
      'takes float32',
    ],
    [
      'numbers of another type',
      { x: { type: 'float32', shape: [1, 2], data: new Int32Array(2) } },
      'INPUT_MISMATCH',
      'does not hold',
    ],
    [
      'another width',
      { x: { type: 'float32', shape: [1, 3], data: new Float32Array(3) } },
      'SHAPE_MISMATCH',
      '[any, 2]',
    ],
    [
      'another rank',
      { x: { type: 'float32', shape: [2], data: new Float32Array(2) } },
      'SHAPE_MISMATCH',
      '[any, 2]',
    ],
    [
      'too few numbers',
      { x: { type: 'float32', shape: [2, 2], data: new Float32Array(3) } },
      'SHAPE_MISMATCH',
      'do not fill',
    ],
  ])('refuses %s and names the input', async (_, feeds, code, text) => {
    const model = await openModel(sketchedBytes(linear), options)
    await expect(model.run(feeds)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    })
    await model.close()
  })
})
