import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@merlon/core'
import { type Tensor, tensor } from '@merlon/tensor'
import { afterEach, beforeEach } from 'vitest'
import { EngineError } from '../errors.ts'
import { EndpointConfig } from './endpoint-config.ts'
import { type EndpointModel, type EndpointOptions, openEndpoint } from './open-endpoint.ts'

/** Two numbers in, three scores out: [a, b, a + b]. */
export const scoresOf = ([a = 0, b = 0]: ArrayLike<number> & Iterable<number>) => [a, b, a + b]
export const batch: Tensor = tensor([3, 2], Float32Array.of(1, 2, 5, -1, 0.5, 0.25))
export const wanted = [1, 2, 3, 5, -1, 4, 0.5, 0.25, 0.75]

export type Handler = (body: string, request: IncomingMessage, response: ServerResponse) => void

/** Time that passes only by waiting. */
export function fakeTime() {
  let now = 1_000_000
  const waits: number[] = []
  const wait = async (ms: number) => {
    waits.push(ms)
    now += ms
  }
  return { clock: () => now, wait, waits }
}

export const json = (response: ServerResponse, value: unknown) => {
  response.setHeader('content-type', 'application/json')
  response.end(typeof value === 'string' ? value : JSON.stringify(value))
}

export const instances = (body: string) => (JSON.parse(body) as { instances: number[][] }).instances
/** What an endpoint that works does. */
export const answers: Handler = (body, _, response) =>
  json(response, { predictions: instances(body).map(scoresOf) })

export const plainConfig = {
  protocol: 'json',
  shape: [2],
  classes: 3,
  mapping: { request: { instances: '$samples' }, scores: 'predictions' },
} as const

export async function scores(endpoint: EndpointModel, of = batch): Promise<number[]> {
  if (!('scores' in endpoint)) throw new Error('it gives labels only')
  return [...(await endpoint.scores(of)).data]
}

export const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof EngineError ? `${error.code}: ${error.message}` : error),
  )

/** A server on this machine before each test of a file, whose answers the test decides. */
export function testServer() {
  let server: Server
  const open: EndpointModel[] = []
  const at = { handle: answers, url: '', asked: [] as string[], folder: '', opened }

  async function opened(
    config: Readonly<Record<string, unknown>> = {},
    options: Partial<EndpointOptions> = {},
  ): Promise<EndpointModel> {
    const { clock, wait } = fakeTime()
    const parsed = EndpointConfig.parse({ ...plainConfig, url: at.url, ...config })
    const random = seededRandom(1)
    const endpoint = await openEndpoint(parsed, { clock, wait, random, ...options })
    open.push(endpoint)
    return endpoint
  }

  beforeEach(async () => {
    at.handle = answers
    at.asked = []
    server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      request.on('end', () => {
        at.asked.push(body)
        at.handle(body, request, response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    at.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    at.folder = await mkdtemp(join(tmpdir(), 'merlon-endpoint-'))
  })
  afterEach(async () => {
    for (const endpoint of open.splice(0)) await endpoint.close(false)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(at.folder, { recursive: true, force: true })
  })
  return at
}
