import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuditLog } from '@merlon/audit'
import { generateSigningKey, verifierKey } from '@merlon/crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { ServerEvent } from '../server-event.ts'
import { AuditWatch } from './audit-watch.ts'

let watch: AuditWatch | undefined
afterEach(() => watch?.close())

/** A closed log of 300 records with a witness, and a watch over it. */
async function watched() {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-watch-'))
  const dir = join(folder, 'audit')
  const witnesses = [join(folder, 'witness')]
  const key = generateSigningKey()
  const origin = 'merlon.local/test'
  const log = await openAuditLog(dir, { origin, key, clock: Date.now, witnesses })
  for (let i = 0; i < 300; i++) log.append({ kind: 'server', action: 'started', i })
  await log.close()
  const events: ServerEvent[] = []
  const job = { dir, verifierKey: verifierKey(origin, key.publicKey), witnesses }
  watch = new AuditWatch(job, (event) => events.push(event))
  return { dir, events, watch }
}

function flipAByte(dir: string): void {
  const folder = join(dir, 'tile', 'entries')
  const [name] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.endsWith('.p') && !path.includes('.p'))
    .sort()
  const path = join(folder, name ?? '')
  const bytes = readFileSync(path)
  bytes[100]! ^= 1
  writeFileSync(path, bytes)
}

describe('the watch over the audit log', () => {
  test('knows nothing before it looked, and looks by itself', async () => {
    const { watch, events } = await watched()
    expect(watch.last).toEqual({ kind: 'none' })
    watch.start(0)
    await expect.poll(() => watch.last.kind, { timeout: 20_000 }).toBe('verified')
    expect(watch.last).toMatchObject({ verification: { verdict: 'whole', records: 300 } })
    expect(events).toEqual([])
  })

  test('warns of a damaged log, once', async () => {
    const { dir, watch, events } = await watched()
    flipAByte(dir)
    expect(await watch.verify()).toMatchObject({ verdict: 'broken' })
    await watch.verify()
    expect(events).toEqual([
      { kind: 'warning', text: expect.stringMatching(/^the audit log is broken: .*audit verify/) },
    ])
  })

  test('does not take an old result for a new one when it cannot look', async () => {
    const { dir, watch, events } = await watched()
    await watch.verify()
    rmSync(dir, { recursive: true })
    await expect(watch.verify()).rejects.toMatchObject({ code: 'AUDIT_NOT_FOUND' })
    expect(watch.last.kind).toBe('failed')
    watch.start(0)
    await expect.poll(() => events.length, { timeout: 20_000 }).toBe(1)
    expect(events[0]?.text).toMatch(/^the audit log could not be verified: /)
  })

  test('answers all who ask at the same time by one look', async () => {
    const { watch } = await watched()
    expect(watch.verify()).toBe(watch.verify())
  })
})
