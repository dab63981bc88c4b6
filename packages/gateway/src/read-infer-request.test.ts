import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { datatypes } from './datatype.ts'
import { GatewayError } from './gateway-error.ts'
import { limits } from './limits.ts'
import type { BackendSignature } from './ports.ts'
import { readInferRequest } from './read-infer-request.ts'
import { inferBody, serve } from './served.test-support.ts'

const signatureOf = (type: string, shape: readonly number[]): BackendSignature => ({
  inputs: [{ name: 'input', type, shape }],
  outputs: [{ name: 'output', type: 'float32', shape: [-1] }],
})

function refusalOf(work: () => unknown): string {
  try {
    work()
    return 'accepted'
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.message
    throw thrown
  }
}

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })

function nest(flat: readonly unknown[], shape: readonly number[]): unknown {
  const [first, ...rest] = shape
  if (first === undefined) return flat[0]
  const size = flat.length / first
  return Array.from({ length: first }, (_, i) => nest(flat.slice(i * size, (i + 1) * size), rest))
}

describe('a tensor', () => {
  const values: Readonly<Record<string, fc.Arbitrary<number | boolean>>> = {
    FP32: fc.float({ noNaN: true, noDefaultInfinity: true }),
    FP64: fc.double({ noNaN: true, noDefaultInfinity: true }),
    INT8: fc.integer({ min: -128, max: 127 }),
    INT16: fc.integer({ min: -32_768, max: 32_767 }),
    INT32: fc.integer(),
    INT64: fc.maxSafeInteger(),
    UINT8: fc.integer({ min: 0, max: 255 }),
    UINT16: fc.integer({ min: 0, max: 65_535 }),
    UINT32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    UINT64: fc.maxSafeNat(),
    BOOL: fc.boolean(),
  }

  test.each(datatypes)(
    'of $name reads the same flat and nested, and back as it was sent',
    ({ name, type }) => {
      const tensors = shapes.chain((shape) => {
        const size = shape.reduce((a, b) => a * b, 1)
        const data = fc.array(values[name]!, { minLength: size, maxLength: size })
        return fc.tuple(fc.constant(shape), data)
      })
      fc.assert(
        fc.property(tensors, ([shape, flat]) => {
          for (const data of [flat, nest(flat, shape)]) {
            const body = JSON.parse(
              JSON.stringify({ inputs: [{ name: 'input', datatype: name, shape, data }] }),
            ) as unknown
            const signature = signatureOf(
              type,
              shape.map(() => -1),
            )
            const { request } = readInferRequest(body, signature, limits)
            const tensor = request.inputs.input!
            expect(tensor.type).toBe(type)
            expect(tensor.shape).toEqual(shape)
            // JSON writes -0 as 0.
            expect(Array.from(tensor.data as ArrayLike<unknown>, Number)).toEqual(
              flat.map((value) => Number(value) + 0),
            )
          }
        }),
        { numRuns: 50 },
      )
    },
  )

  test('with any one element of another kind is refused by its index', () => {
    const odd = fc.constantFrom<unknown>(null, 'x', '1', {}, [], true)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), odd, (index, value) => {
        const data: unknown[] = [0, 1, 2, 3, 4, 5]
        data[index] = value
        // A list in the first place makes the data nested, and uneven from there on.
        const isNested = index === 0 && Array.isArray(value)
        const body = { inputs: [{ name: 'input', datatype: 'FP32', shape: [2, 3], data }] }
        const said = refusalOf(() => readInferRequest(body, signatureOf('float32', [2, 3]), limits))
        expect(said).toContain(
          isNested ? 'input "input" holds 6 elements along axis 0' : `at index ${index};`,
        )
      }),
    )
  })

  test.each([
    ['INT8', 'int8', 128],
    ['INT8', 'int8', -129],
    ['UINT8', 'uint8', -1],
    ['UINT8', 'uint8', 256],
    ['INT32', 'int32', 2 ** 31],
    ['INT32', 'int32', 0.5],
    ['UINT64', 'uint64', -1],
    ['INT64', 'int64', 2 ** 53],
    ['BOOL', 'bool', 1],
  ])('of %s (%s) does not hold %d', (datatype, type, value) => {
    const body = { inputs: [{ name: 'input', datatype, shape: [1], data: [value] }] }
    const said = refusalOf(() => readInferRequest(body, signatureOf(type, [-1]), limits))
    expect(said).toMatch(
      new RegExp(`^input "input" holds ${value} at index 0; every element of ${datatype} `),
    )
  })
})

describe('a request', () => {
  const signature: BackendSignature = {
    inputs: [
      { name: 'a', type: 'float32', shape: [-1] },
      { name: 'b', type: 'int64', shape: [1] },
    ],
    outputs: [{ name: 'c', type: 'float32', shape: [-1] }],
  }
  const a = { name: 'a', datatype: 'FP32', shape: [1], data: [1] }
  const b = { name: 'b', datatype: 'INT64', shape: [1], data: [1] }

  test('with every input once is accepted, in any order, whatever else it holds', () => {
    const body = {
      inputs: [b, { ...a, parameters: { x: 1 } }],
      parameters: {},
      more: 1,
      outputs: [],
    }
    const { request, id } = readInferRequest(body, signature, limits)
    expect(Object.keys(request.inputs)).toEqual(['b', 'a'])
    expect([id, request.outputs]).toEqual([undefined, undefined])
  })

  test.each([
    [{ inputs: [a] }, 'input "b" of the model is missing'],
    [{ inputs: [a, a, b] }, 'input "a" stands twice in "inputs"'],
    [{ inputs: [a, { ...b, name: 'z' }] }, 'the model has no input "z"; it takes "a", "b"'],
    [
      { inputs: [a, { ...b, name: '__proto__' }] },
      'the model has no input "__proto__"; it takes "a", "b"',
    ],
    [{ inputs: [] }, '"inputs" has to be a list with an entry per input of the model'],
    [{ inputs: [null] }, 'entry 0 of "inputs" has to be an object with a text "name"'],
    [{ inputs: Array<unknown>(65).fill(a) }, '"inputs" has 65 entries; at most 64 are read'],
    [{ inputs: [{ ...a, data: undefined }, b] }, 'input "a" has no list "data"'],
    [{ inputs: [{ ...a, shape: [2] }, b] }, 'input "a" holds 1 elements; its shape [2] asks for 2'],
    [
      { inputs: [{ ...a, shape: [0] }, b] },
      'input "a" needs a "shape" of positive integers; the model takes [?]',
    ],
    [
      { inputs: [{ ...a, shape: [1e9] }, b] },
      'input "a" has 1000000000 elements; at most 16777216 are read',
    ],
    [{ inputs: [a, { ...b, shape: [2] }] }, 'input "b" has the shape [2]; the model takes [1]'],
    [
      { inputs: [{ ...a, datatype: 7 }, b] },
      'the datatype of input "a" is missing; the model takes FP32',
    ],
    [{ inputs: [a, b], outputs: {} }, '"outputs" has to be a list'],
    [{ inputs: [a, b], outputs: [{ name: 'd' }] }, 'the model has no output "d"; it gives "c"'],
    [
      { inputs: [a, b], outputs: [{ name: 'c' }, { name: 'c' }] },
      '"outputs" has more entries than the model has outputs',
    ],
    [{ inputs: [a, b], id: 7 }, '"id" has to be a text of at most 128 characters'],
  ])('%j is refused by name', (body, sentence) => {
    expect(refusalOf(() => readInferRequest(body, signature, limits))).toBe(sentence)
  })

  test('is refused by a code, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(refusalOf(() => readInferRequest(value, signature, limits))).not.toBe('accepted')
      }),
    )
  })
})

describe('a number that is none, sent as Python sends it,', () => {
  const sent = (element: string) =>
    inferBody({ data: ['E'] }).replace('["E"]', `[1,2,3,${element}]`)
  test.each([
    ['NaN', 'holds NaN at index 3'],
    ['Infinity', 'holds Infinity at index 3'],
    ['-Infinity', 'holds -Infinity at index 3'],
    ['1e999', 'holds Infinity at index 3'],
    ['-1e999', 'holds -Infinity at index 3'],
    ['1e39', 'holds Infinity at index 3'],
    ['null', 'holds null at index 3'],
    ['"4"', 'holds "4" at index 3'],
  ])('%s is refused by input and index', async (element, sentence) => {
    const { infer } = await serve()
    const { status, json } = await infer({ body: sent(element) })
    expect([status, json.code]).toEqual([400, 'ELEMENT_INVALID'])
    expect(json.error).toBe(
      `input "input" ${sentence}; every element of FP32 has to be a finite number`,
    )
    expect((await infer({ body: sent('3.4e38') })).status).toBe(200)
  })

  test('is refused where nobody looks, too', async () => {
    const { infer } = await serve()
    const body = inferBody().replace('{"inputs"', '{"parameters":{"x":NaN},"inputs"')
    expect((await infer({ body })).json).toMatchObject({
      code: 'BODY_NOT_JSON',
      error: 'the body is not JSON: it holds a bare NaN',
    })
  })

  test('may be quoted in a name that is no text, without breaking the record', async () => {
    const { infer, log } = await serve()
    const { status } = await infer({ body: '{"inputs":[{"name":"\\ud800"}]}' })
    expect(status).toBe(400)
    expect(log.last.reason.isWellFormed()).toBe(true)
  })
})
