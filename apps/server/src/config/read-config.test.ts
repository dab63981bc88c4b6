import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ServerError } from '../server-error.ts'
import { configJsonSchema } from './config.ts'
import { ConfigError, readConfig } from './read-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'merlon-config-'))
let count = 0

function write(text: string | Uint8Array): string {
  const path = join(folder, `merlon-${count++}.yaml`)
  writeFileSync(path, text)
  return path
}

async function problems(text: string): Promise<string[]> {
  const error: unknown = await readConfig(write(text)).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ConfigError)
  return (error as ConfigError).problems.map((p) => `${p.line}:${p.column} ${p.message}`)
}

async function code(text: string | Uint8Array): Promise<string> {
  const error: unknown = await readConfig(write(text)).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ServerError)
  return (error as ServerError).code
}

const whole = `version: 1
project: shop
models:
  digits:
    path: models/digits.onnx
    labels: [zero, one]
routes:
  /v2/models/digits:
    model: digits
    auth: { roles: [app] }
`

describe('merlon.yaml', () => {
  test('is read with defaults, and its paths come back absolute', async () => {
    const config = await readConfig(write(whole))
    expect(config.models.digits?.path).toBe(join(folder, 'models/digits.onnx'))
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8421 })
    expect(config.routes['/v2/models/digits']?.limits.requestsPerSecond).toBe(50)
  })

  test('answers a mistyped key with its line, its column and the word that was meant', async () => {
    expect(await problems(whole.replace('routes:', 'rotes:'))).toEqual([
      '7:1 unknown key "rotes", did you mean "routes"?',
    ])
  })

  test.each([
    ['rout', 'routes'],
    ['route', 'routes'],
    ['model', 'models'],
    ['dataset', 'datasets'],
    ['liten', 'listen'],
  ])('takes %s for %s', async (typed, meant) => {
    const [problem] = await problems(`version: 1\n${typed}: {}\n`)
    expect(problem).toBe(`2:1 unknown key "${typed}", did you mean "${meant}"?`)
  })

  test('finds a mistyped key inside a named entry', async () => {
    expect(await problems(whole.replace('labels:', 'lables:'))).toEqual([
      '6:5 unknown key "lables", did you mean "labels"?',
    ])
  })

  test('lists the known keys when nothing is near', async () => {
    const [problem] = await problems(whole.replace('labels:', 'xyzzyx:'))
    expect(problem).toBe('6:5 unknown key "xyzzyx" (known: path, labels, preprocessing)')
  })

  test('answers a route to a model that is not there with the model that was meant', async () => {
    expect(await problems(whole.replace('model: digits', 'model: digit'))).toEqual([
      '9:12 routes./v2/models/digits.model: there is no model "digit" under models, did you mean "digits"?',
    ])
  })

  test('answers a wrong value with its place', async () => {
    const [problem] = await problems(`${whole}listen:\n  port: 99999\n`)
    expect(problem).toMatch(/^12:9 listen\.port: /)
  })

  test('names all that is wrong, not only the first', async () => {
    expect(await problems(`${whole}extra: 1\nlisten: { prt: 1 }\n`)).toHaveLength(2)
  })

  test('refuses a missing version, a broken syntax and a key that stands twice', async () => {
    expect((await problems('project: shop\n'))[0]).toMatch(/^1:1 version: /)
    expect((await problems('version: 1\nmodels: [\n'))[0]).toMatch(/^\d+:\d+ /)
    expect((await problems('version: 1\nversion: 1\n'))[0]).toMatch(/^2:1 map keys must be unique/)
  })

  test('refuses a password in the file, and lets one through by reference', async () => {
    const url = 'postgres://merlon:hunter2@db/merlon'
    const [problem] = await problems(`version: 1\ndatabase: ${url}\n`)
    expect(problem).toMatch(/^2:11 database: a password must not stand in the file/)
    expect(problem).not.toContain('hunter2')
    const config = await readConfig(write('version: 1\ndatabase: { env: DATABASE_URL }\n'))
    expect(config.database).toEqual({ env: 'DATABASE_URL' })
  })

  test('refuses aliases that expand to more than a configuration holds', async () => {
    const bomb = ['version: 1', 'a: &a [x, x, x, x, x, x, x, x, x]']
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef']) {
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`)
    }
    expect(await code(bomb.join('\n'))).toBe('CONFIG_UNREADABLE')
  })

  test('refuses a large file, deep nesting and bytes that are no text', async () => {
    expect(await code(`#${'x'.repeat(300_000)}`)).toBe('CONFIG_UNREADABLE')
    expect(await code(new Uint8Array([0xff, 0xfe, 0xfd]))).toBe('CONFIG_UNREADABLE')
    expect(await code('['.repeat(100_000))).toMatch(/^CONFIG_/)
  })

  test('says that a missing file can be written by init', async () => {
    await expect(readConfig(join(folder, 'none.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
      message: expect.stringContaining('merlon init'),
    })
  })

  test('answers any text with a configuration or a coded error', async () => {
    const words = [
      'version',
      ': ',
      '1',
      '\n',
      '  ',
      'models',
      '- ',
      '{',
      '}',
      '&a ',
      '*a',
      '!!x ',
      '"',
    ]
    const text = fc.array(fc.constantFrom(...words)).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.string()), async (yaml) => {
        const error: unknown = await readConfig(write(yaml)).catch((caught: unknown) => caught)
        if (error instanceof Error) expect(error).toBeInstanceOf(ServerError)
      }),
      { numRuns: 200 },
    )
  })
})

test('the schema for editors refuses unknown keys as the reader does', () => {
  expect(configJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false })
})
