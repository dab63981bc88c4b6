import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reply } from '@merlon/api'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type LoggedIn, logIn } from './support/log-in.ts'
import { spawnMerlon } from './support/merlon.ts'
import { type Running, startMerlon } from './support/running.ts'

type Summary = Reply<'GET /api/v1/assessments/:id'>
const patience = { timeout: 60_000, interval: 50 }
const key = 'the-key-of-the-shop'

/** A model of two features behind a key. What it does to the next requests is decided by each test. */
const shop = {
  answered: new Map<string, number>(),
  trouble: (_: string): number | undefined => undefined,
  delayMs: 0,
}
let endpoint: Server
let folder: string
let server: Running
let session: LoggedIn
const workers: ReturnType<typeof spawnMerlon>[] = []

function listen(): Promise<string> {
  endpoint = createServer((request, response) => {
    let body = ''
    request.on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      const status = request.headers['x-api-key'] === key ? shop.trouble(body) : 401
      if (status !== undefined) {
        response.writeHead(status, { 'retry-after': '0' }).end('not now')
        return
      }
      const { points } = JSON.parse(body) as { points: readonly [number, number][] }
      shop.answered.set(body, (shop.answered.get(body) ?? 0) + 1)
      const scores = points.map(([a, b]) => [a - b, b - a])
      setTimeout(() => response.end(JSON.stringify({ scores })), shop.delayMs)
    })
  })
  return new Promise((resolve) => {
    endpoint.listen(0, '127.0.0.1', () => {
      const { port } = endpoint.address() as AddressInfo
      resolve(`http://127.0.0.1:${port}/classify?tenant=hidden`)
    })
  })
}

beforeAll(async () => {
  const url = await listen()
  folder = mkdtempSync(join(tmpdir(), 'merlon-queued-endpoint-'))
  const rows = Array.from({ length: 12 }, (_, i) => {
    const [a, b] = [(i * 5) % 12, (i * 7) % 11]
    return `${a / 12},${b / 12},${a >= b ? 0 : 1}`
  })
  writeFileSync(join(folder, 'points.csv'), `a,b,label\n${rows.join('\n')}\n`)
  const declared = (scores: string) => [
    `    url: ${url}`,
    '    protocol: json',
    '    shape: [2]',
    '    classes: 2',
    `    mapping: { request: { points: $samples }, ${scores} }`,
    '    headers: { x-api-key: { env: SHOP_KEY } }',
    '    rate: 10000',
    '    retries: 3',
  ]
  const lines = [
    'version: 1',
    'worker: { concurrency: 0, leaseSeconds: 1 }',
    'endpoints:',
    '  shop:',
    ...declared('scores: scores'),
    '  sealed:',
    ...declared('labels: labels'),
    'datasets:',
    '  points: { path: points.csv, labels: label }',
    'routes: {}',
  ]
  writeFileSync(join(folder, 'merlon.yaml'), `${lines.join('\n')}\n`)
  server = await startMerlon(folder)
  session = await logIn(server)
})
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await server?.stop()
  endpoint?.closeAllConnections()
  endpoint?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

const startWorker = (env: Readonly<Record<string, string>> = { SHOP_KEY: key }) => {
  const worker = spawnMerlon(['worker'], { cwd: folder, env })
  workers.push(worker)
  return worker
}
const queue = (change: object = {}) =>
  session.post<Summary>('/api/v1/assessments', {
    model: 'shop',
    data: 'points',
    attacks: ['hop-skip-jump'],
    norm: 'l2',
    epsilon: [0.1],
    samples: 2,
    seed: 5,
    ...change,
  })
const about = (id: string) => session.get<Summary>(`/api/v1/assessments/${id}`)
const ended = (id: string, status: Summary['status']) =>
  vi.waitFor(async () => {
    const summary = await about(id)
    expect(summary.status, JSON.stringify(summary.skippedList)).toBe(status)
    return summary
  }, patience)

test('endpoints are offered with what they answer, and nothing beyond that is queued', async () => {
  const choices = await session.get<Reply<'GET /api/v1/assessments/choices'>>(
    '/api/v1/assessments/choices',
  )
  expect(choices.endpoints).toEqual([
    { name: 'shop', access: 'scores' },
    { name: 'sealed', access: 'labels' },
  ])
  await expect(queue({ attacks: ['pgd'] })).rejects.toThrow(/pgd needs gradients/)
  await expect(queue({ model: 'sealed', attacks: ['simba'] })).rejects.toThrow(/simba needs scores/)
})

test("one that is too busy is tried again later; its key is the worker's own and stands nowhere", async () => {
  let asked = 0
  shop.trouble = () => (asked++ < 4 ? [429, 503][asked % 2] : undefined)
  const { id } = await queue()
  const worker = startWorker()
  const done = await ended(id, 'finished')
  expect(done).toMatchObject({ isEndpoint: true, job: { state: 'done', attempts: 2 } })
  expect(done.estimates.find(({ name }) => name === 'clean accuracy')).toMatchObject({ value: 1 })
  expect(done.curves.map(({ axis }) => axis)).toEqual(['epsilon', 'class'])
  worker.kill('SIGTERM')
  const database = readFileSync(join(folder, '.merlon/merlon.db'), 'latin1')
  const wal = readFileSync(join(folder, '.merlon/merlon.db-wal'), 'latin1')
  for (const secret of [key, 'tenant=hidden']) expect(database + wal).not.toContain(secret)
  await new Promise((resolve) => worker.once('exit', resolve))
})

test('a worker that has no key fails the job, and says which variable is not set', async () => {
  const { id } = await queue()
  const worker = startWorker({})
  const failed = await ended(id, 'failed')
  expect(failed.skippedList[0]?.why).toContain('SHOP_KEY is not set')
  worker.kill('SIGKILL')
})

test('a worker that is killed is replaced, and what was answered is not asked again', async () => {
  // Each request is refused when it comes first: half of all.
  const refused = new Set<string>()
  shop.trouble = (body) => {
    if (refused.delete(body)) return undefined
    refused.add(body)
    return refused.size % 2 === 0 ? 429 : 503
  }
  const calm = await queue()
  const first = startWorker()
  const undisturbed = await ended(calm.id, 'finished')
  const asked = new Map(shop.answered)
  shop.answered.clear()
  shop.delayMs = 3
  const { id } = await queue()
  await vi.waitFor(() => expect(shop.answered.size).toBeGreaterThan(200), patience)
  first.kill('SIGKILL')
  startWorker()
  const done = await ended(id, 'finished')
  expect(done.job).toMatchObject({ state: 'done', attempts: 2 })
  expect(done.estimates).toEqual(undisturbed.estimates)
  // The one request that was under way, and what the first run itself asked more than once.
  const again = [...shop.answered].filter(([body, count]) => count > (asked.get(body) ?? 0))
  expect(again.length).toBeLessThanOrEqual(4)
})
