import { readdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { seededRandom } from '@merlon/core'
import { drawDigits, writeIdxFolder } from '@merlon/dataset'
import { buildMlp, type OnnxModel, openModel } from '@merlon/model'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyFolder, run } from './world.test-support.ts'

const cwd = emptyFolder()
const key = 'secret-key-0123456789'
let model: OnnxModel
let server: Server
let url: string
/** How the endpoint misbehaves: a status, or 0 for an answer. */
let mood: () => number
let answered: number

beforeAll(async () => {
  const bytes = buildMlp({ inputShape: [1, 28, 28], classes: 10, hidden: [16], seed: 1 })
  writeFileSync(join(cwd, 'model.onnx'), bytes)
  model = await openModel(bytes, { threads: 1 })
  await writeIdxFolder(join(cwd, 'digits'), drawDigits({ count: 40, seed: 1 }), 'test')
  server = createServer(async (request, response) => {
    const status = request.headers.authorization === `Bearer ${key}` ? mood() : 401
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (status !== 0) return response.writeHead(status, { 'retry-after': '0' }).end()
    const { pictures } = JSON.parse(Buffer.concat(chunks).toString()) as { pictures: number[][] }
    const data = Float32Array.from(pictures.flat(3))
    const { data: scores } = await model.scores({ shape: [pictures.length, 1, 28, 28], data })
    answered += pictures.length
    response.end(JSON.stringify({ scores: [...scores] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/classify`
  writeFileSync(
    join(cwd, 'merlon.yaml'),
    `version: 1
endpoints:
  remote:
    url: ${url}
    protocol: json
    shape: [1, 28, 28]
    classes: 10
    mapping: { request: { pictures: $samples }, scores: scores }
    headers: { x-team: red }
    batch: 8
    rate: 2000
    retries: 20
`,
  )
})
beforeEach(() => {
  mood = () => 0
  answered = 0
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await model.close()
})

const attack =
  'attack square remote --data digits --samples 40 --epsilon 0.05 --queries 6 --api-key-env KEY'
const env = { KEY: key }
const accuracy = (stdout: string) =>
  JSON.parse(stdout).estimates.find(({ name }: { name: string }) => name === 'clean accuracy')

describe('a model behind an address', () => {
  test('is attacked by its name, and is as accurate as the file behind it', async () => {
    const remote = await run(`${attack} --json`, { cwd, env })
    const line = attack.replace('remote', 'model.onnx').replace(' --api-key-env KEY', '')
    const file = await run(`${line} --json`, { cwd })
    expect(accuracy(remote.stdout)).toMatchObject({ n: 40 })
    // The same queries come to the same figures, whichever way they go.
    expect(JSON.parse(remote.stdout).estimates).toEqual(JSON.parse(file.stdout).estimates)
    expect(JSON.parse(remote.stdout).inputs[0]).toMatchObject({ path: url })
    expect(remote.stderr).toMatch(/asked for \d+ samples in \d+ requests, 0 of them repeated/)
    expect(remote.stdout + remote.stderr).not.toContain(key)
  })

  test('that is busy half of the time comes to the same figure', async () => {
    const random = seededRandom(5)
    mood = () => (random() < 0.5 ? 0 : random() < 0.5 ? 429 : 503)
    const { stdout, stderr } = await run(`${attack} --samples 8 --json`, { cwd, env })
    expect(accuracy(stdout)).toMatchObject({ n: 8 })
    expect(stderr).not.toContain(' 0 of them repeated')
  }, 60_000)

  test('that breaks down leaves its answers to the next run of the same command', async () => {
    let left = 2
    mood = () => (left-- > 0 ? 0 : 404)
    const broken = await run(attack, { cwd, env })
    expect(broken.code).toBe(2)
    expect(broken.stderr).toMatch(/ENDPOINT_REFUSED/)
    expect(answered).toBe(16)
    mood = () => 0
    answered = 0
    const { stderr } = await run(attack, { cwd, env })
    expect(stderr).toMatch(/16 answers were left by a run that was cut short/)
    expect(readdirSync(join(cwd, '.merlon/journals'))).toEqual([])
  })

  test('refuses a wrong key, and a key that is not there, without telling it', async () => {
    const wrong = await run(attack, { cwd, env: { KEY: 'wrong-key-987' } })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/ENDPOINT_REFUSED.*401; check its key/)
    expect(wrong.stderr).not.toContain('wrong-key-987')
    expect((await run(attack, { cwd })).stderr).toMatch(/SECRET_MISSING.*KEY is not set/)
  })

  test('gives no gradients, which an attack that needs them says', async () => {
    const line = 'attack pgd remote --data digits --samples 8 --epsilon 0.05 --api-key-env KEY'
    const { code, stderr } = await run(line, { cwd, env })
    expect(code).toBe(2)
    expect(stderr).toMatch(/NO_GRADIENT_PATH.*answers scores and no gradients/)
  })

  test('is told from a file, and from a name that is mistyped', async () => {
    const file = await run('assess model.onnx --data digits --protocol oip', { cwd })
    expect(file.stderr).toMatch(/USAGE.*for endpoints/)
    expect((await run('assess remot --data digits', { cwd })).stderr).toMatch(/did you mean remote/)
    const json = `assess ${url} --data digits --protocol json`
    expect((await run(json, { cwd })).stderr).toMatch(/ENDPOINT_INVALID.*mapping/)
    const password = 'assess http://a:b@127.0.0.1/ --data digits'
    expect((await run(password, { cwd })).stderr).toMatch(/ENDPOINT_INVALID.*password/)
  })
})

test('a secret does not stand in merlon.yaml', async () => {
  const text = `version: 1\nendpoints:\n  r: { url: "${url}", headers: { x-api-key: ${key} } }\n`
  writeFileSync(join(cwd, 'secret.yaml'), text)
  const { stderr } = await run('config show --config secret.yaml', { cwd })
  expect(stderr).toMatch(/CONFIG_INVALID.*secret\.yaml:3.*a secret must not stand in the file/)
  expect(stderr).not.toContain(key)
})
