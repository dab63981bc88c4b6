import { Agent, createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { generateApiKey } from '@merlon/crypto'
import { onTestFinished } from 'vitest'
import { configureServer, serverOptions } from './configure-server.ts'
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts'
import { limits as defaults } from './limits.ts'
import type {
  Backend,
  DecisionReceipt,
  DecisionRecord,
  KeyEntry,
  PolicySnapshot,
  RoutePolicy,
} from './ports.ts'

export const keys = {
  caller: generateApiKey(),
  auditor: generateApiKey(),
  revoked: generateApiKey(),
  expired: generateApiKey(),
  unknown: generateApiKey(),
}

const entries: readonly (readonly [string, KeyEntry])[] = [
  [keys.caller.hash, { id: 'k1', name: 'caller', roles: ['inference'] }],
  [keys.auditor.hash, { id: 'k2', name: 'auditor', roles: ['audit'] }],
  [keys.revoked.hash, { id: 'k3', name: 'revoked', roles: ['inference'], revokedAt: 500 }],
  [keys.expired.hash, { id: 'k4', name: 'expired', roles: ['inference'], expiresAt: 1_000 }],
]

export const sumsRoute: RoutePolicy = {
  route: '/v2/models/sums',
  model: 'sums-v1',
  roles: ['inference'],
  requestsPerSecond: 1_000,
  burst: 1_000,
  bodyBytesMax: 4_096,
}

/** Answers [sum, -sum] of each row of four numbers: simple enough to know every answer beforehand. */
export function sumsBackend(changes: Partial<Backend> = {}): Backend {
  return {
    ready: true,
    platform: 'test',
    version: '1',
    signature: {
      inputs: [{ name: 'input', type: 'float32', shape: [-1, 4] }],
      outputs: [
        { name: 'scores', type: 'float32', shape: [-1, 2] },
        { name: 'count', type: 'int64', shape: [1] },
      ],
    },
    infer: async ({ inputs }) => {
      const { shape, data } = inputs.input!
      const n = shape[0]!
      const scores = new Float32Array(2 * n)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < 4; j++) scores[2 * i]! += Number(data[4 * i + j])
        scores[2 * i + 1] = -scores[2 * i]!
      }
      return {
        outputs: {
          scores: { type: 'float32', shape: [n, 2], data: scores },
          count: { type: 'int64', shape: [1], data: BigInt64Array.of(BigInt(n)) },
        },
      }
    },
    ...changes,
  }
}

/** A log in memory: records are there once `append` returns. */
export class MemoryLog {
  readonly records: DecisionRecord[] = []

  append(record: DecisionRecord): DecisionReceipt {
    this.records.push(record)
    return {
      index: this.records.length - 1,
      written: Promise.resolve(),
      durable: Promise.resolve(),
    }
  }

  get last(): DecisionRecord {
    return this.records.at(-1)!
  }
}

export interface Served {
  readonly gateway: Gateway
  readonly port: number
  readonly log: MemoryLog
  readonly close: () => Promise<void>
  readonly ask: (asked?: Asked) => Promise<Answered>
  readonly infer: (asked?: Asked) => Promise<Answered>
}

export interface Setup extends Partial<Omit<GatewayOptions, 'backends' | 'snapshot'>> {
  readonly backend?: Backend
  readonly route?: Partial<RoutePolicy>
  readonly policy?: () => PolicySnapshot
}

/** A gateway behind a real server on the loopback interface, closed when the test ends. */
export async function serve(setup: Setup = {}): Promise<Served> {
  const { backend, route, policy, ...options } = setup
  const log = new MemoryLog()
  const snapshot: PolicySnapshot = {
    version: 1,
    keys: new Map(entries),
    routes: new Map([['sums', { ...sumsRoute, ...route }]]),
  }
  const limits = { ...defaults, lingerMs: 50, ...options.limits }
  const gateway = createGateway({
    snapshot: policy ?? (() => snapshot),
    backends: new Map([['sums-v1', backend ?? sumsBackend()]]),
    log,
    clock: () => 1_000,
    ...options,
    limits,
  })
  const server = createServer(serverOptions(limits), gateway.handle)
  configureServer(server, limits)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A server on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
  onTestFinished(async () => {
    server.closeAllConnections()
    if (server.listening) await close()
  })
  const asker = (asked: Asked = {}) => ask(port, asked)
  return {
    gateway,
    port,
    log,
    close,
    ask: asker,
    infer: (asked: Asked = {}) =>
      ask(port, {
        method: 'POST',
        path: '/v2/models/sums/infer',
        ...asked,
        headers: { authorization: `Bearer ${keys.caller.key}`, ...asked.headers },
        body: asked.body ?? inferBody(),
      }),
  }
}

/** A request that fits `sumsBackend`, with changes to its one input. */
export function inferBody(changes: Readonly<Record<string, unknown>> = {}): string {
  const input = { name: 'input', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4], ...changes }
  return JSON.stringify({ inputs: [input] })
}

export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly agent?: Agent
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

export function ask(
  port: number,
  { method = 'GET', path = '/v2', headers = {}, body, agent }: Asked,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, method, path, headers, agent: agent ?? new Agent() },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const json = text === '' ? {} : (JSON.parse(text) as Answered['json'])
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** A promise that the test opens. */
export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

export function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Writes bytes as they stand and gives everything that comes back until the connection ends. */
export function rawTalk(
  port: number,
  bytes: string | Uint8Array | readonly string[],
  end: 'waits' | 'ends' = 'waits',
): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    const isOne = typeof bytes === 'string' || bytes instanceof Uint8Array
    for (const piece of isOne ? [bytes] : bytes) socket.write(piece)
    if (end === 'ends') socket.end()
    socket.on('data', (chunk) => chunks.push(chunk))
    // A reset ends the talk like a close does; what came before it is what counts.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}
