import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readAuditLog, verifyAuditLog } from '@merlon/audit'
import { afterEach, describe, expect, test } from 'vitest'
import { ask, tinyBody, writeConsole, writeProject } from './served.test-support.ts'
import { auditPlace } from './state/state.ts'

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url))

/** A server in a process of its own: says its port and a key, and ends when the server has. */
const script = `
  const { openState, createKey, resolveSettings, startServer } = await import(${JSON.stringify(built)})
  const settings = await resolveSettings({ cwd: process.argv[1], flags: { port: '0' }, env: {} })
  const state = await openState(settings, { clock: Date.now, audit: 'write' })
  const { key } = await createKey(state, { name: 'load', roles: ['app'] })
  await state.close()
  const tell = ({ text }) => console.error(text)
  const server = await startServer({ settings, clock: Date.now, tell, consoleDir: process.argv[2] })
  console.log(JSON.stringify({ port: server.port, key }))
  await server.closed`

let child: ReturnType<typeof spawn> | undefined
afterEach(() => {
  child?.kill('SIGKILL')
})

async function startProcess(folder: string): Promise<{ port: number; key: string }> {
  child = spawn(process.execPath, ['-e', script, folder, writeConsole()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout!), 'line')
  return JSON.parse(String(line))
}

interface Acknowledged {
  readonly status: number
  readonly index: number
  readonly requestId: string
}

/** Asks until the server is gone; every answer that came is one that was acknowledged. */
async function askUntilGone(
  port: number,
  key: string,
  onFirst: () => void,
): Promise<Acknowledged[]> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answers: Acknowledged[] = []
  const askInTurn = async () => {
    for (;;) {
      try {
        const init = { method: 'POST', headers, body: tinyBody() }
        const answer = await ask(port, '/v2/models/tiny/infer', init)
        answers.push({
          status: answer.status,
          index: Number(answer.headers['x-merlon-audit-index']),
          requestId: String(answer.headers['x-request-id']),
        })
        if (answers.length === 40) onFirst()
      } catch {
        return
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, askInTurn))
  return answers
}

async function requestIdAt(folder: string, index: number): Promise<unknown> {
  const log = await readAuditLog(join(folder, '.merlon', 'audit'))
  return (await log.entry(index)).value.requestId
}

/** What `audit verify` finds, with the key and the witness of the state folder. */
async function verified(folder: string): Promise<unknown> {
  const stateDir = join(folder, '.merlon')
  const witnesses = [join(stateDir, 'witness')]
  const { dir, ...known } = await auditPlace({ stateDir, witnesses })
  return verifyAuditLog(dir, known)
}

describe('a server that is told to stop', () => {
  test('answers what is under way, ends by itself and leaves a whole log', async () => {
    const folder = writeProject()
    const { port, key } = await startProcess(folder)
    const exited = once(child!, 'exit')
    const answers = await askUntilGone(port, key, () => child?.kill('SIGTERM'))
    expect(await exited).toEqual([0, null])
    expect(answers.length).toBeGreaterThanOrEqual(40)
    const dir = join(folder, '.merlon', 'audit')
    expect(await verified(folder)).toMatchObject({ verdict: 'whole', findings: [] })
    const log = await readAuditLog(dir)
    expect((await log.entry(log.size - 1)).value).toMatchObject({
      kind: 'server',
      action: 'stopped',
    })
    // Refusals over the limit may share a record; inferences never do.
    for (const { status, index, requestId } of answers) {
      if (status === 200) expect(await requestIdAt(folder, index)).toBe(requestId)
      else expect(status).toBe(429)
    }
  })
})

describe('a server that is killed', () => {
  test('has the record of every answer that it gave', async () => {
    const folder = writeProject()
    const { port, key } = await startProcess(folder)
    const exited = once(child!, 'exit')
    const answers = await askUntilGone(port, key, () => child?.kill('SIGKILL'))
    await exited
    for (const { status, index, requestId } of answers) {
      if (status === 200) expect(await requestIdAt(folder, index)).toBe(requestId)
    }
    // The next server takes the log over and goes on in it.
    await startProcess(folder)
    const again = once(child!, 'exit')
    child?.kill('SIGTERM')
    expect(await again).toEqual([0, null])
    expect(await verified(folder)).toMatchObject({ verdict: 'whole', findings: [] })
    expect(answers.length).toBeGreaterThanOrEqual(40)
  })
})
