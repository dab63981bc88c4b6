import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { copyOf } from './support/demo-template.ts'
import { merlon } from './support/merlon.ts'
import { type Running, startMerlon } from './support/running.ts'

const folder = copyOf(inject('demoTemplate'), 'endpoint')
let server: Running

beforeAll(async () => {
  server = await startMerlon(folder)
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Report {
  readonly estimates: readonly { readonly name: string; readonly n: number }[]
  readonly inputs: readonly { readonly path: string }[]
}

const data = () => join(server.stateDir, 'demo/data/digits')
const ran = async (words: readonly string[], key = server.apiKey) => {
  const ended = await merlon([...words, '--data', data(), '--json'], {
    cwd: folder,
    env: { ROUTE_KEY: key },
  })
  expect(ended.stdout + ended.stderr).not.toContain(key)
  return ended
}

describe("the gateway's own route, over HTTP with a key", () => {
  const route = () => `${server.url}/v2/models/digits`

  test.each([
    ['square', ['--queries', '60']],
    ['hop-skip-jump', ['--queries', '80', '--norm', 'l2']],
  ])('falls to %s as the file behind it does, query by query', async (attack, options) => {
    const line = ['attack', attack, '--samples', '4', '--epsilon', '0.3', ...options]
    const remote = await ran([...line, route(), '--api-key-env', 'ROUTE_KEY'])
    const file = await ran([...line, join(server.stateDir, 'demo/models/digits.onnx')])
    const [ours, theirs] = [remote, file].map(({ stdout }) => JSON.parse(stdout) as Report)
    expect(ours!.inputs?.[0]?.path, remote.stdout + remote.stderr).toBe(route())
    expect(ours!.estimates.find(({ name }) => name === 'clean accuracy')).toMatchObject({ n: 4 })
    expect(ours!.estimates.length).toBeGreaterThan(1)
    expect(ours!.estimates).toEqual(theirs!.estimates)
    expect(remote.stderr).toMatch(/asked for \d+ samples in \d+ requests/)
  })

  test('is assessed by what it answers, and what needs gradients is not taken for clean', async () => {
    const line = ['assess', route(), '--api-key-env', 'ROUTE_KEY', '--attack', 'square']
    const { code, stdout, stderr } = await ran([...line, '--samples', '3', '--epsilon', '0.3'])
    expect([0, 1, 3], stderr).toContain(code)
    const { estimates } = JSON.parse(stdout) as Report
    expect(estimates.some(({ name }) => name === 'robust accuracy')).toBe(true)
  })

  test('refuses another key, which the command says without telling it', async () => {
    const line = ['assess', route(), '--api-key-env', 'ROUTE_KEY', '--samples', '2']
    const { code, stdout } = await ran(line, 'not-a-key-of-this-gateway')
    expect(code).toBe(2)
    expect(stdout).toContain('ENDPOINT_REFUSED')
  })
})
