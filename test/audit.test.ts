import {
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { readAuditLog } from '@merlon/audit'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { copyOf } from './support/demo-template.ts'
import { merlon } from './support/merlon.ts'
import { type Running, startMerlon } from './support/running.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function freshCopy(name: string): string {
  const folder = copyOf(inject('demoTemplate'), name)
  folders.push(folder)
  return folder
}

interface Verification {
  readonly state: string
  readonly records: number
  readonly findings: readonly { readonly rule: string; readonly title: string }[]
}

async function verify(folder: string, ...args: string[]) {
  const run = await merlon(['audit', 'verify', '--json', ...args], { cwd: folder })
  return { code: run.code, ...(JSON.parse(run.stdout) as Verification) }
}

/** Asks for the model's metadata again and again; collects what was acknowledged until the server is gone. */
async function load(server: Running, clients: number): Promise<{ acknowledged: number[] }> {
  const acknowledged: number[] = []
  const client = async () => {
    for (;;) {
      try {
        const response = await fetch(`${server.url}/v2/models/digits`, {
          headers: { authorization: `Bearer ${server.apiKey}` },
        })
        const index = response.headers.get('x-merlon-audit-index')
        await response.arrayBuffer()
        if (index !== null) acknowledged.push(Number(index))
      } catch {
        return
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return { acknowledged }
}

async function indexesIn(folder: string): Promise<Set<number>> {
  const log = await readAuditLog(join(folder, '.merlon', 'audit'))
  const indexes = new Set<number>()
  for (let from = 0; from < log.size; from += 256) {
    for (const { index } of await log.entries(from, 256)) indexes.add(index)
  }
  return indexes
}

describe('the audit log under load', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'loses no acknowledged record to %s',
    async (signal) => {
      const folder = freshCopy('audit-load')
      const server = await startMerlon(folder)
      const traffic = load(server, 8)
      await new Promise((resolve) => setTimeout(resolve, 700))
      const code = await server.stop(signal)
      const { acknowledged } = await traffic
      if (signal === 'SIGTERM') expect(code).toBe(0)
      expect(acknowledged.length).toBeGreaterThan(20)
      const again = await startMerlon(folder)
      await again.stop()
      const recorded = await indexesIn(folder)
      expect(acknowledged.filter((index) => !recorded.has(index))).toEqual([])
      expect(await verify(folder)).toMatchObject({ code: 0, state: 'whole', findings: [] })
    },
  )
})

describe('merlon audit verify', () => {
  const whole = freshCopy('audit-whole')
  const log = (folder: string) => join(folder, '.merlon', 'audit')

  function tampered(tamper: (auditDir: string) => void): string {
    const folder = freshCopy('audit-tampered')
    tamper(log(folder))
    return folder
  }

  function filesOf(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
  }

  /** The newest bundle of entries. */
  function bundle(auditDir: string): string {
    return filesOf(join(auditDir, 'tile', 'entries'))
      .sort((a, b) => statSync(a).size - statSync(b).size)
      .at(-1)!
  }

  test('says whole where nothing was touched', async () => {
    expect(await verify(whole)).toMatchObject({ code: 0, state: 'whole', findings: [] })
  })

  test('says that truncation was not checked where no copy of the checkpoint is held', async () => {
    const { code, state } = await verify(whole, '--no-witness')
    expect({ code, state }).toEqual({ code: 3, state: 'consistent' })
    const spoken = await merlon(['audit', 'verify', '--no-witness'], { cwd: whole })
    expect(spoken.stdout).toContain('truncation not checked')
  })

  test('names one flipped byte', async () => {
    const folder = tampered((dir) => {
      const path = bundle(dir)
      const bytes = readFileSync(path)
      bytes[100]! ^= 1
      writeFileSync(path, bytes)
    })
    const { code, findings } = await verify(folder)
    expect(code).toBe(1)
    expect(findings.map(({ title }) => title).join('\n')).toMatch(/record 0\b/)
  })

  test('names a removed record', async () => {
    const folder = tampered((dir) => {
      const path = bundle(dir)
      const bytes = readFileSync(path)
      const first = 2 + bytes.readUInt16BE(0)
      const second = 2 + bytes.readUInt16BE(first)
      writeFileSync(path, Buffer.concat([bytes.subarray(0, first), bytes.subarray(first + second)]))
    })
    const { code, findings } = await verify(folder)
    expect(code).toBe(1)
    expect(findings.map(({ title }) => title).join('\n')).toMatch(/record 1\b/)
  })

  test('names a truncated tail', async () => {
    const folder = tampered((dir) => {
      const path = bundle(dir)
      truncateSync(path, statSync(path).size - 40)
    })
    const { code, findings } = await verify(folder)
    expect(code).toBe(1)
    expect(findings.map(({ rule, title }) => rule + title).join('\n')).toMatch(/truncated|missing/)
  })

  test('finds a log that was set back with its checkpoint, by a copy from elsewhere', async () => {
    const folder = freshCopy('audit-set-back')
    cpSync(log(folder), join(folder, 'older'), { recursive: true })
    const server = await startMerlon(folder)
    await fetch(`${server.url}/v2/models/digits`)
    await server.stop()
    cpSync(join(log(folder), 'checkpoint'), join(folder, 'newest-checkpoint'))
    rmSync(log(folder), { recursive: true })
    cpSync(join(folder, 'older'), log(folder), { recursive: true })
    expect(await verify(folder)).toMatchObject({ code: 1 })
    expect(await verify(folder, '--no-witness')).toMatchObject({ code: 3, state: 'consistent' })
    const byFile = await verify(
      folder,
      '--no-witness',
      '--checkpoint',
      join(folder, 'newest-checkpoint'),
    )
    expect(byFile.code).toBe(1)
    expect(byFile.findings.map(({ rule }) => rule).join()).toContain('truncated')
  })
})
