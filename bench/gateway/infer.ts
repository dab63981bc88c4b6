/**
 * Requests per second of the data plane with all its controls (key, role, rate, limits, tensors, filters, records)
 * against a bare node:http server that reads the same body and answers the same bytes. Both run in processes of their
 * own and take turns, so that a busy machine slows both; only the ratio means something.
 *
 *   npx tsc -b packages/gateway && npx tsx bench/gateway/infer.ts [rounds] [ms]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { generateApiKey } from '@merlon/crypto'
import { configureServer, createGateway, serverOptions } from '@merlon/gateway'

const path = '/v2/models/sums/infer'
/** About 1 KB of JSON, as the notes on gateways measure. */
const body = JSON.stringify({
  inputs: [
    {
      name: 'input',
      shape: [1, 128],
      datatype: 'FP32',
      data: Array.from({ length: 128 }, (_, i) => Number(Math.sin(i).toFixed(4))),
    },
  ],
})
const scores = new Float32Array(128)
const reply = JSON.stringify({
  model_name: 'sums',
  id: '00000000-0000-0000-0000-000000000000',
  outputs: [{ name: 'scores', shape: [1, 128], datatype: 'FP32', data: [...scores] }],
})

function bare(): Server {
  return createServer((asked, answer) => {
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => chunks.push(chunk))
    asked.on('end', () => {
      Buffer.concat(chunks)
      answer.writeHead(200, {
        'content-type': 'application/json',
        'content-length': reply.length,
      })
      answer.end(reply)
    })
  })
}

function guarded(hash: string): Server {
  let index = 0
  const done = Promise.resolve()
  const tensor = { type: 'float32', shape: [1, 128], data: scores }
  const signature = {
    inputs: [{ name: 'input', type: 'float32', shape: [-1, 128] }],
    outputs: [{ name: 'scores', type: 'float32', shape: [-1, 128] }],
  }
  const infer = async () => ({ outputs: { scores: tensor } })
  const route = {
    route: '/v2/models/sums',
    model: 'sums',
    roles: ['inference'],
    requestsPerSecond: 1e6,
    burst: 1e6,
    bodyBytesMax: 2 ** 20,
  }
  const snapshot = {
    version: 1,
    keys: new Map([[hash, { id: 'k1', name: 'bench', roles: ['inference'] }]]),
    routes: new Map([['sums', route]]),
  }
  const gateway = createGateway({
    snapshot: () => snapshot,
    backends: new Map([['sums', { signature, ready: true, infer }]]),
    // What the log itself costs is measured with the log.
    log: {
      append: (record) => {
        JSON.stringify(record)
        return { index: index++, written: done, durable: done }
      },
    },
    clock: Date.now,
  })
  const server = createServer(serverOptions(), gateway.handle)
  configureServer(server)
  return server
}

/** A closed loop of 32 connections for `ms`; gives the answers that came. */
async function load(port: number, key: string, ms: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const headers = { 'x-api-key': key, 'content-length': body.length }
  const end = performance.now() + ms
  let answers = 0
  const once200 = () =>
    new Promise<void>((resolve, reject) => {
      const asking = request({ port, path, method: 'POST', headers, agent }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`))
        answer.resume()
        answer.on('end', resolve)
      })
      asking.on('error', reject)
      asking.end(body)
    })
  const loop = async () => {
    while (performance.now() < end) {
      await once200()
      answers++
    }
  }
  await Promise.all(Array.from({ length: 32 }, loop))
  agent.destroy()
  return answers
}

async function serveIn(kind: string, hash: string) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', kind, hash])
  const [port] = (await once(child, 'message')) as [number]
  const cpuMicros = async () => {
    child.send('cpu')
    const [micros] = (await once(child, 'message')) as [number]
    return micros
  }
  return { child, port, cpuMicros }
}

async function compare(rounds: number, ms: number): Promise<void> {
  const { key, hash } = generateApiKey()
  const servers = { bare: await serveIn('bare', hash), guarded: await serveIn('guarded', hash) }
  const rate = { bare: [] as number[], guarded: [] as number[] }
  const micros = { bare: [] as number[], guarded: [] as number[] }
  for (const { port } of Object.values(servers)) await load(port, key, ms)
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['bare', 'guarded'] as const) {
      const before = await servers[kind].cpuMicros()
      const answers = await load(servers[kind].port, key, ms)
      micros[kind].push(((await servers[kind].cpuMicros()) - before) / answers)
      rate[kind].push((answers * 1000) / ms)
    }
  }
  for (const { child } of Object.values(servers)) child.kill()
  const median = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[values.length >> 1]!
  for (const kind of ['bare', 'guarded'] as const) {
    const cpu = `${Math.min(...micros[kind]).toFixed(0)} us user CPU per request (min)`
    console.log(`${kind.padEnd(8)} ${median(rate[kind]).toFixed(0)} requests/s, ${cpu}`)
  }
  const ratios = rate.guarded.map((guardedRate, i) => guardedRate / rate.bare[i]!)
  console.log(
    `ratio    ${median(ratios).toFixed(2)} of bare node:http, ${rounds} interleaved rounds of ${ms} ms`,
  )
}

const [mode, kind, hash] = process.argv.slice(2)
if (mode === 'serve') {
  const server = kind === 'bare' ? bare() : guarded(hash ?? '')
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.on('message', () => {
    // The system's share is left out: waking a client that waits costs more than writing to one that works.
    process.send?.(process.cpuUsage().user)
  })
} else {
  await compare(Number(mode ?? 5), Number(kind ?? 1_000))
}
