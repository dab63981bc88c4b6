import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditLog, openAuditLog } from '@merlon/audit'
import { generateSigningKey } from '@merlon/crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Chronicle } from './chronicle.ts'

let log: AuditLog
let path: string
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-chronicle-'))
  path = join(folder, 'chronicle.jsonl')
  const options = { origin: 'test.local/log', key: generateSigningKey(), clock: Date.now }
  log = await openAuditLog(join(folder, 'audit'), options)
  for (let i = 0; i < 6; i++) {
    const kind = i % 2 === 0 ? 'decision' : 'key'
    await log.append({ kind, number: i, eventId: `event ${i}` }).durable
  }
})
afterEach(() => log.close())

async function numbers(): Promise<unknown[]> {
  const { records } = await Chronicle.open(path, log)
  return records.map(({ entry }) => entry.number)
}

describe('the chronicle', () => {
  test('holds everything of the log but decisions', async () => {
    expect(await numbers()).toEqual([1, 3, 5])
  })

  test('takes up what the log got since', async () => {
    await numbers()
    await log.append({ kind: 'model', number: 6 }).durable
    expect(await numbers()).toEqual([1, 3, 5, 6])
  })

  test('knows an event that is in the log, and no other', async () => {
    const chronicle = await Chronicle.open(path, log)
    expect(chronicle.hasEvent('event 3')).toBe(true)
    expect(chronicle.hasEvent('event 9')).toBe(false)
  })

  test('is made anew from the log when its file is damaged, cut or of another log', async () => {
    await numbers()
    const whole = readFileSync(path, 'utf8')
    const [first = '', second = ''] = whole.split('\n')
    const faults = [
      `${first}\n${second.slice(0, 20)}`,
      `${first}\nnonsense\n${second}\n`,
      whole.replace('"number":5', '"number":50'),
      `${whole}{"index":99,"entry":{"kind":"key","number":99}}\n`,
    ]
    for (const fault of faults) {
      writeFileSync(path, fault)
      expect(await numbers()).toEqual([1, 3, 5])
      expect(readFileSync(path, 'utf8')).toBe(whole)
    }
    appendFileSync(path, '\n')
    expect(await numbers()).toEqual([1, 3, 5])
  })
})
