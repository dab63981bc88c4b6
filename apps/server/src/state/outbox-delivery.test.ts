import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuditLog } from '@merlon/audit'
import { generateSigningKey } from '@merlon/crypto'
import { openStore } from '@merlon/store'
import { expect, test, vi } from 'vitest'
import { Chronicle } from './chronicle.ts'
import { OutboxDelivery } from './outbox-delivery.ts'

async function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-outbox-'))
  const store = await openStore(join(folder, 'merlon.db'), { clock: Date.now })
  const options = { origin: 'test.local/log', key: generateSigningKey(), clock: Date.now }
  const log = await openAuditLog(join(folder, 'audit'), options)
  const chronicle = await Chronicle.open(join(folder, 'chronicle.jsonl'), log)
  const close = async () => {
    await log.close()
    await store.close()
  }
  return { folder, store, log, chronicle, outbox: new OutboxDelivery(store, log, chronicle), close }
}

test('events reach the log once and in their order, however many deliver at a time', async () => {
  const { store, log, chronicle, outbox, close } = await opened()
  for (let number = 0; number < 150; number++) await store.outbox.add({ kind: 'policy', number })
  await Promise.all([outbox.deliver(), outbox.deliver(), outbox.deliver()])
  const entries = await log.entries(0, 1000)
  expect(entries.map(({ value }) => value.number)).toEqual([...Array(150).keys()])
  expect(chronicle.records).toHaveLength(150)
  expect(await store.outbox.pending()).toEqual([])
  await close()
})

test('an event whose tick was lost is not written twice', async () => {
  const { folder, store, log, close } = await opened()
  await store.outbox.add({ kind: 'policy', number: 1 })
  const [row] = await store.outbox.pending()
  await log.append({ ...row!.entry, kind: 'policy' }).durable
  const again = await Chronicle.open(join(folder, 'chronicle.jsonl'), log)
  await new OutboxDelivery(store, log, again).deliver()
  expect(log.size).toBe(1)
  expect(await store.outbox.pending()).toEqual([])
  await close()
})

test('of failures in a row the first is told, and the next one after it went well again', async () => {
  const { store, log, chronicle, close } = await opened()
  const pending = vi.spyOn(store.outbox, 'pending').mockRejectedValue(new Error('no answer'))
  const outbox = new OutboxDelivery(store, log, chronicle)
  const told: string[] = []
  const poll = () => outbox.poll(({ text }) => told.push(text))
  await poll()
  await poll()
  expect(told).toEqual(['changes are not in the audit log yet: no answer'])
  pending.mockResolvedValueOnce([])
  await poll()
  await poll()
  expect(told).toHaveLength(2)
  await close()
})
