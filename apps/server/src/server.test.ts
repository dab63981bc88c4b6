import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Decision, Reply } from '@merlon/api'
import { readAuditLog } from '@merlon/audit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type LoggedIn,
  logIn,
  newKey,
  type Served,
  served,
  tinyBody,
} from './served.test-support.ts'
import { startServer } from './server.ts'

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url))
const run = promisify(execFile)

let it: Served
let session: LoggedIn
let key: string
beforeAll(async () => {
  it = await served()
  session = await logIn(it)
  key = (await newKey(session)).key
})
afterAll(() => it.server.close())

function infer(body: string, given = key, path = '/v2/models/tiny/infer') {
  const headers = { authorization: `Bearer ${given}`, 'content-type': 'application/json' }
  return it.ask(path, { method: 'POST', headers, body })
}

async function newestDecision(): Promise<Decision> {
  const { decisions } = await session.get<Reply<'GET /api/v1/decisions'>>(
    '/api/v1/decisions?limit=1',
  )
  return decisions[0]!
}

describe('an inference', () => {
  test('is answered by the model, and stands in the audit log', async () => {
    const answer = await infer(tinyBody())
    expect(answer.status).toBe(200)
    const { outputs } = answer.json() as { outputs: { data: number[]; shape: number[] }[] }
    expect(outputs[0]?.shape).toEqual([1, 3])
    expect(outputs[0]?.data.every(Number.isFinite)).toBe(true)
    const index = Number(answer.headers['x-merlon-audit-index'])
    const record = await session.get<Reply<'GET /api/v1/audit/records/:index'>>(
      `/api/v1/audit/records/${index}`,
    )
    expect(JSON.parse(record.entry)).toMatchObject({
      kind: 'decision',
      verdict: 'pass',
      status: 200,
    })
    expect(await newestDecision()).toMatchObject({
      auditIndex: index,
      code: 'OK',
      keyName: 'caller',
    })
  })

  test('without a key, with a wrong key or with a key of another role is refused and recorded', async () => {
    expect((await it.ask('/v2/models/tiny/infer', { method: 'POST', body: '{}' })).status).toBe(401)
    expect((await infer(tinyBody(), 'mln_nonsense')).status).toBe(401)
    const other = await newKey(session, ['other'])
    expect((await infer(tinyBody(), other.key)).status).toBe(403)
    expect(await newestDecision()).toMatchObject({ verdict: 'block', code: 'FORBIDDEN' })
  })

  test('with a wrong shape, a NaN or a body that is too large is refused, and the next is served', async () => {
    expect((await infer(tinyBody([1, 2, 3], [1, 3]))).status).toBe(400)
    expect((await infer(tinyBody().replace('1,2', '1,NaN'))).status).toBe(400)
    expect((await infer(tinyBody(Array(2000).fill(1)))).status).toBe(413)
    expect((await infer(tinyBody())).status).toBe(200)
  })

  test('over the limit is told when to come back', async () => {
    const ask = () => infer(tinyBody(), key, '/v2/models/slow/infer')
    expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(200)
    const over = await ask()
    expect(over.status).toBe(429)
    expect(Number(over.headers['retry-after'])).toBeGreaterThan(0)
  })
})

describe('a key', () => {
  test('made and revoked by another process counts here within a second, and is recorded', async () => {
    const script = `
      const { openState, createKey, revokeKey, resolveSettings } = await import(${JSON.stringify(built)})
      const settings = await resolveSettings({ cwd: process.argv[1], flags: {}, env: {} })
      const state = await openState(settings, { clock: Date.now, audit: 'if-free' })
      const [, , what, which] = process.argv
      const done = what === 'create'
        ? await createKey(state, { name: 'second', roles: ['app'] })
        : await revokeKey(state, which)
      console.log(JSON.stringify({ key: done.key, recorded: done.recorded }))
      await state.close()`
    const inOther = async (...words: string[]) => {
      const { stdout } = await run(process.execPath, ['-e', script, it.folder, ...words], {})
      return JSON.parse(stdout) as { key: string; recorded: boolean }
    }
    const made = await inOther('create')
    expect(made.recorded).toBe(false)
    await vi.waitFor(async () => expect((await infer(tinyBody(), made.key)).status).toBe(200), 1500)
    await inOther('revoke', 'second')
    await vi.waitFor(async () => expect((await infer(tinyBody(), made.key)).status).toBe(401), 1500)
    expect(await newestDecision()).toMatchObject({ code: 'KEY_REVOKED' })
    await vi.waitFor(async () => {
      const { records } = await session.get<Reply<'GET /api/v1/audit/records'>>(
        '/api/v1/audit/records?kind=key&limit=2',
      )
      expect(records.map(({ summary }) => summary)).toEqual([
        'API key second revoked by local',
        expect.stringMatching(/^API key second .* created by local$/),
      ])
    }, 1500)
  })

  test('revoked in the console counts at once', async () => {
    const { id, key: mine } = await newKey(session)
    expect((await infer(tinyBody(), mine)).status).toBe(200)
    await session.change('DELETE', `/api/v1/keys/${id}`)
    expect((await infer(tinyBody(), mine)).status).toBe(401)
  })
})

describe('the state folder', () => {
  test('keeps its keys to the user', () => {
    expect(statSync(it.settings.stateDir).mode & 0o777).toBe(0o700)
    const signing = join(it.settings.stateDir, 'keys', 'audit-log.pem')
    expect(statSync(signing).mode & 0o777).toBe(0o600)
  })

  test('holds no login token, no session and no API key as it was given out', async () => {
    const { database, stateDir } = it.settings
    const texts = [database, `${database}-wal`, join(stateDir, 'chronicle.jsonl')].map((path) =>
      readFileSync(path, 'latin1'),
    )
    const cookie = session.cookie.split('=')[1] ?? ''
    for (const secret of [key, cookie, it.server.loginUrl.split('=')[1] ?? '']) {
      expect(secret.length).toBeGreaterThan(40)
      for (const text of texts) expect(text).not.toContain(secret)
    }
  })

  test('takes one server at a time, and says where the other is', async () => {
    const second = startServer({
      settings: it.settings,
      clock: Date.now,
      tell: () => undefined,
      handleSignals: false,
    })
    await expect(second).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining(it.server.url),
    })
  })
})

describe('a restart', () => {
  test('lists what was decided before, also when the listing was lost', async () => {
    const first = await served()
    await first.ask('/v2/models/tiny/infer', { method: 'POST', body: '{}' })
    await first.server.close()
    const second = await served(first.folder)
    const before = await logIn(second)
    const { decisions } = await before.get<Reply<'GET /api/v1/decisions'>>('/api/v1/decisions')
    expect(decisions.map(({ code }) => code)).toEqual(['UNAUTHENTICATED'])
    const records = await before.get<Reply<'GET /api/v1/audit/records'>>('/api/v1/audit/records')
    expect(records.records.map(({ summary }) => summary).reverse()).toEqual([
      expect.stringMatching(/^model tiny registered/),
      '/v2/models/tiny serves tiny, /v2/models/slow serves tiny',
      'server 0.1.0 started',
      'block 401 UNAUTHENTICATED: POST /v2/models/tiny/infer',
      'server stopped',
      'server 0.1.0 started',
      'operator logged in',
    ])
    await second.server.close()
    const log = await readAuditLog(join(first.settings.stateDir, 'audit'))
    expect((await log.entry(log.size - 1)).text).toContain('"stopped"')
  })
})
