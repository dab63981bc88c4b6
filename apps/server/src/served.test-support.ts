import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reply } from '@merlon/api'
import { buildMlp } from '@merlon/model'
import { resolveSettings, type Settings } from './config/settings.ts'
import { type RunningServer, startServer } from './server.ts'
import type { ServerEvent } from './server-event.ts'

/** A project with one tiny model that takes four numbers and gives three scores. */
export function writeProject(extra = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-server-'))
  const model = buildMlp({ inputShape: [4], classes: 3, hidden: [8], seed: 1 })
  writeFileSync(join(folder, 'tiny.onnx'), model)
  writeFileSync(
    join(folder, 'merlon.yaml'),
    `version: 1
project: test
models:
  tiny: { path: tiny.onnx, labels: [a, b, c] }
routes:
  /v2/models/tiny:
    model: tiny
    auth: { roles: [app] }
    limits: { requestsPerSecond: 50, burst: 50, bodyBytesMax: 2000 }
  slow:
    model: tiny
    auth: { roles: [app] }
    limits: { requestsPerSecond: 0.01, burst: 2 }
${extra}`,
  )
  return folder
}

/** A console of two files, and one beside it that must not be served. */
export function writeConsole(): string {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-console-'))
  mkdirSync(join(folder, 'dist', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(folder, 'dist', 'index.html'), '<!doctype html><title>console</title>')
  writeFileSync(join(folder, 'dist', 'assets', 'app-1a2b.js'), 'export {}')
  return join(folder, 'dist')
}

export interface Served {
  readonly server: RunningServer
  readonly settings: Settings
  readonly folder: string
  readonly events: readonly ServerEvent[]
  /** Moves the server's clock. */
  readonly pass: (ms: number) => void
  readonly now: () => number
  readonly ask: (path: string, init?: Ask) => Promise<Answered>
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly json: () => Record<string, unknown>
}

/** A real server on a free port, with a clock that the test can move. */
export async function served(folder = writeProject(), url?: string): Promise<Served> {
  const settings = {
    ...(await resolveSettings({ cwd: folder, flags: { port: '0' }, env: {} })),
    ...(url === undefined ? {} : { url }),
  }
  let ahead = 0
  const events: ServerEvent[] = []
  const now = () => Date.now() + ahead
  const server = await startServer({
    settings,
    clock: now,
    tell: (event) => events.push(event),
    consoleDir: writeConsole(),
    handleSignals: false,
  })
  return {
    server,
    settings,
    folder,
    events,
    now,
    pass: (ms) => {
      ahead += ms
    },
    ask: (path, init) => ask(server.port, path, init),
  }
}

/** One request whose path and headers go out exactly as they are given. */
export function ask(port: number, path: string, { method = 'GET', headers = {}, body }: Ask = {}) {
  return new Promise<Answered>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const { statusCode: status = 0 } = response
        resolve({ status, headers: response.headers, text, json: () => JSON.parse(text) })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export interface LoggedIn {
  readonly cookie: string
  readonly csrf: string
  readonly get: <K>(path: string) => Promise<K>
  readonly change: (method: string, path: string, body?: unknown) => Promise<Answered>
}

/** Logs in with the link that the server printed. */
export async function logIn({ server, ask }: Served): Promise<LoggedIn> {
  const answer = await postToken(ask, tokenOf(server.loginUrl))
  const [setCookie = ''] = answer.headers['set-cookie'] ?? []
  const cookie = setCookie.split(';')[0] ?? ''
  const csrf = String(answer.json().csrfToken)
  return {
    cookie,
    csrf,
    get: async <K>(path: string) => (await ask(path, { headers: { cookie } })).json() as K,
    change: (method, path, body) =>
      ask(path, {
        method,
        headers: { cookie, 'x-merlon-csrf': csrf, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  }
}

export function tokenOf(loginUrl: string): string {
  return loginUrl.slice(loginUrl.indexOf('=') + 1)
}

export function postToken(ask: Served['ask'], token: string): Promise<Answered> {
  const headers = { 'content-type': 'application/json' }
  return ask('/api/v1/session', { method: 'POST', headers, body: JSON.stringify({ token }) })
}

/** An API key for the routes of the project. */
export async function newKey({ change }: LoggedIn, roles = ['app']): Promise<NewKey> {
  const answer = await change('POST', '/api/v1/keys', { name: 'caller', roles })
  return answer.json() as unknown as NewKey
}
type NewKey = Reply<'POST /api/v1/keys'>

/** A request body that the tiny model takes, unless the numbers are changed. */
export function tinyBody(data: readonly unknown[] = [1, 2, 3, 4], shape = [1, 4]): string {
  return JSON.stringify({ inputs: [{ name: 'input', datatype: 'FP32', shape, data }] })
}
