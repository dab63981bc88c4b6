import { cpSync, existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { newFolder, openLog, trust } from './audit.test-support.ts'
import { verifyAuditLog } from './verify.ts'

/** Called after each change of the file system, before the program goes on. */
let onStep: () => void = () => undefined
/** How many bytes of each file a power failure would leave. */
let synced = new Map<string, number>()

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const stepped =
    <A extends unknown[], R>(change: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const result = await change(...args)
      onStep()
      return result
    }
  const open = async (path: string, flags?: string, mode?: number): Promise<FileHandle> => {
    const handle = await real.open(path, flags, mode)
    const datasync = handle.datasync.bind(handle)
    handle.write = stepped(handle.write.bind(handle)) as FileHandle['write']
    handle.datasync = async () => {
      // What is written while the disk works is not promised: the length from before counts.
      const length = statSync(path).size
      await datasync()
      synced.set(path, length)
      onStep()
    }
    return handle
  }
  return {
    ...real,
    open,
    rename: stepped(real.rename),
    rm: stepped(real.rm),
    link: stepped(real.link),
  }
})

beforeEach(() => {
  onStep = () => undefined
  synced = new Map()
})

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

interface Moment {
  readonly folder: string
  /** Records that were promised to survive. */
  readonly promised: number
}

/** Writes a log with several checkpoints, and gives what a stop after each step would leave. */
async function momentsOf(promise: 'written' | 'durable'): Promise<Moment[]> {
  const living = newFolder()
  const moments: Moment[] = []
  let promised = 0
  onStep = () => {
    const folder = newFolder()
    cpSync(living, folder, { recursive: true })
    rmSync(join(folder, 'log/lock'), { force: true })
    if (promise === 'durable') loseUnsynced(living, folder)
    moments.push({ folder, promised })
  }
  const log = await openLog(living, {
    witnesses: [join(living, 'witness')],
    groupMs: 1_000_000,
    checkpointMs: 1,
    journalFileBytes: 600,
  })
  for (let round = 0; round < 14; round++) {
    const receipts = Array.from({ length: 5 + round * 4 }, () => log.append({ kind: 'test' }))
    for (const receipt of receipts) {
      receipt[promise].then(() => {
        promised = Math.max(promised, receipt.index + 1)
      })
    }
    // Now and then two rounds run into each other.
    if (round % 3 !== 0) await receipts.at(-1)!.written
    // The log publishes by itself, without being asked to sync first.
    if (round % 2 === 0) while (log.checkpoint().size < log.size) await nextTurn()
  }
  await log.close()
  onStep = () => undefined
  return moments
}

function loseUnsynced(living: string, copy: string): void {
  const journal = join(copy, 'log/journal')
  if (!existsSync(journal)) return
  for (const name of readdirSync(journal)) {
    truncateSync(join(journal, name), synced.get(join(living, 'log/journal', name)) ?? 0)
  }
}

for (const promise of ['written', 'durable'] as const) {
  const event = promise === 'written' ? 'a kill' : 'a power failure'
  test(`${event} after any step loses no ${promise} record and never looks like an attack`, async () => {
    const moments = await momentsOf(promise)
    expect(moments.length).toBeGreaterThan(100)
    let recovered = 0
    for (const { folder, promised } of moments) {
      const options = { ...trust, witnesses: [join(folder, 'witness')] }
      if (existsSync(join(folder, 'log/checkpoint'))) {
        const found = await verifyAuditLog(join(folder, 'log'), options)
        expect(found.findings).toEqual([])
        expect(found.records).toBeGreaterThanOrEqual(promised)
        recovered += found.records - found.signedRecords
      }
      const log = await openLog(folder, { witnesses: options.witnesses })
      expect(log.size).toBeGreaterThanOrEqual(promised)
      await log.close()
      const after = await verifyAuditLog(join(folder, 'log'), options)
      expect(after).toMatchObject({ findings: [], records: log.size })
    }
    expect(recovered).toBeGreaterThan(0)
  }, 300_000)
}
