import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { GatewayError } from './gateway-error.ts'
import { parseJson } from './parse-json.ts'
import { serve } from './served.test-support.ts'

const parse = (text: string, depthMax = 32) => parseJson(Buffer.from(text), depthMax)
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'OK'
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code
    throw thrown
  }
}

describe('a body', () => {
  test('comes back as JSON.parse gives it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), fc.constantFrom(0, 1, 4), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        expect(parse(text)).toEqual({ value: JSON.parse(text) })
      }),
    )
  })

  test('is JSON or a coded refusal, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(['OK', 'BODY_NOT_JSON', 'JSON_TOO_DEEP']).toContain(
          codeOf(() => parseJson(Buffer.from(bytes), 4)),
        )
      }),
    )
  })

  test('made of the grammar’s own characters is never misread', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      '\\',
      ',',
      ':',
      'NaN',
      '-',
      'Infinity',
      '1',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const text = pieces.join('')
        let due: unknown
        try {
          due = { value: JSON.parse(text) }
        } catch {
          due = undefined
        }
        if (due === undefined) {
          expect(
            codeOf(() => {
              if (parse(text).bareToken === undefined) throw new Error(text)
            }),
          ).toMatch(/OK|BODY_NOT_JSON/)
        } else expect(parse(text)).toEqual(due)
      }),
      { numRuns: 2_000 },
    )
  })

  test('may nest to the bound and no deeper, brackets in strings aside', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(codeOf(() => parse(nested(32)))).toBe('OK')
    expect(codeOf(() => parse(nested(33)))).toBe('JSON_TOO_DEEP')
    expect(codeOf(() => parse('{"a":'.repeat(33)))).toBe('JSON_TOO_DEEP')
    expect(codeOf(() => parse(JSON.stringify('[{'.repeat(100))))).toBe('OK')
    expect(codeOf(() => parse(`"\\"${'['.repeat(100)}"`))).toBe('OK')
  })

  test('with bare NaN and Infinity keeps them as strings and says so', () => {
    expect(parse('{"a":[1,NaN,-Infinity],"b":"NaN \\" NaN"}')).toEqual({
      value: { a: [1, 'NaN', '-Infinity'], b: 'NaN " NaN' },
      bareToken: 'NaN',
    })
  })

  test('with a __proto__ member changes no prototype', () => {
    const { value } = parse('{"__proto__":{"inputs":[]}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true)
  })

  test('of unterminated quotes takes linear time', () => {
    // A backtracking scan would need minutes for this.
    expect(codeOf(() => parse(`NaN"${'\\"'.repeat(500_000)}`))).toBe('BODY_NOT_JSON')
  })
})

describeWith('shared', 'the JSON test suite', (shared) => {
  const folder = `${shared}/reference/json`

  test('is read as its names say: y_ parses, n_ does not, i_ either', () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
    expect(names.length).toBeGreaterThan(300)
    const wrong = names.filter((name) => {
      const code = codeOf(() => {
        const { bareToken } = parseJson(readFileSync(`${folder}/${name}`), 32)
        if (bareToken !== undefined) throw new GatewayError('BODY_NOT_JSON', bareToken)
      })
      if (name.startsWith('y_')) return code !== 'OK'
      if (name.startsWith('n_')) return code === 'OK'
      return false
    })
    expect(wrong).toEqual([])
  })

  test('is answered 400 by a served model, file by file, and it serves on', async () => {
    const { infer, log } = await serve({ route: { bodyBytesMax: 2 ** 20 } })
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
    for (const name of names) {
      const { status, json } = await infer({ body: readFileSync(`${folder}/${name}`) })
      expect([name, status]).toEqual([name, 400])
      if (name.startsWith('n_')) {
        expect(['BODY_NOT_JSON', 'JSON_TOO_DEEP', 'REQUEST_INVALID']).toContain(json.code)
      }
    }
    expect((await infer()).status).toBe(200)
    expect(log.records).toHaveLength(names.length + 1)
  })
})
