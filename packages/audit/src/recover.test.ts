import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { filesOf, fill, newFolder, openLog, snapshot, textOf } from './audit.test-support.ts'
import { encodeFrame } from './journal-frame.ts'

/** 10 records in a checkpoint, 5 more in the journal only. */
let killed = ''
beforeAll(async () => {
  const living = newFolder()
  const log = await openLog(living)
  await fill(log, 0, 10)
  await log.flush()
  await fill(log, 10, 15)
  killed = snapshot(living)
  rmSync(join(killed, 'log/lock'))
  await log.close()
})
const journal = 'log/journal/0000000000000000'

async function reopened(change: (folder: string) => void): Promise<string[]> {
  const folder = snapshot(killed)
  change(folder)
  const log = await openLog(folder)
  await log.close()
  return (await log.entries(0, 100)).map(({ text }) => text)
}

const texts = (count: number) => Array.from({ length: count }, (_, i) => textOf(i))

describe('a killed log', () => {
  test('opens with every record', async () => {
    expect(await reopened(() => undefined)).toEqual(texts(15))
  })

  test('opens without a last frame that is incomplete, cut at any byte', async () => {
    const bytes = readFileSync(join(killed, journal)).length
    const last = encodeFrame(14, Buffer.from(textOf(14))).length
    for (let cut = 1; cut < last; cut += 5) {
      const found = await reopened((folder) => truncateSync(join(folder, journal), bytes - cut))
      expect(found).toEqual(texts(14))
    }
  })

  test('opens with zeros at its end, as a power failure leaves them', async () => {
    expect(
      await reopened((folder) => appendFileSync(join(folder, journal), Buffer.alloc(5000))),
    ).toEqual(texts(15))
  })

  test('opens after tiles that were written before their checkpoint', async () => {
    const folder = snapshot(killed)
    const log = await openLog(folder)
    const checkpoint = readFileSync(join(killed, 'log/checkpoint'))
    await log.close()
    const between = snapshot(folder)
    writeFileSync(join(between, 'log/checkpoint'), checkpoint)
    writeFileSync(join(between, journal), readFileSync(join(killed, journal)))
    writeFileSync(join(between, 'log/tmp/.draft-0-1'), 'half a ti')
    const again = await openLog(between)
    expect(again.checkpoint().size).toBe(15)
    await again.close()
  })

  test('is refused, and left as it is, when a sudden stop cannot have done it', async () => {
    const changes: Record<string, (folder: string) => void> = {
      'a changed byte in the last frame': (folder) => flip(join(folder, journal), -1),
      'a changed length in the last frame': (folder) =>
        flip(join(folder, journal), -textOf(14).length - 17),
      'a changed byte in the middle': (folder) => flip(join(folder, journal), 100),
      'a removed frame': (folder) => {
        const bytes = readFileSync(join(folder, journal))
        const frame = encodeFrame(12, Buffer.from(textOf(12)))
        const at = bytes.indexOf(frame)
        writeFileSync(
          join(folder, journal),
          Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + frame.length)]),
        )
      },
      'a journal that ends before the checkpoint': (folder) =>
        truncateSync(join(folder, journal), 100),
      'bytes after the last frame': (folder) =>
        appendFileSync(join(folder, journal), Buffer.alloc(40, 1)),
      'a changed tile': (folder) => flip(join(folder, 'log/tile/0/000.p/10'), 3),
      'a shorter tile': (folder) => truncateSync(join(folder, 'log/tile/0/000.p/10'), 32),
      'a missing tile': (folder) => rmSync(join(folder, 'log/tile/0'), { recursive: true }),
      'a missing bundle': (folder) => rmSync(join(folder, 'log/tile/entries'), { recursive: true }),
      'a missing checkpoint': (folder) => rmSync(join(folder, 'log/checkpoint')),
      'a strange file in the journal': (folder) => writeFileSync(join(folder, 'log/journal/x'), ''),
    }
    for (const [name, change] of Object.entries(changes)) {
      const folder = snapshot(killed)
      change(folder)
      const before = snapshot(folder)
      await expect(openLog(folder), name).rejects.toMatchObject({ code: 'AUDIT_DAMAGED' })
      rmSync(join(before, 'log/tmp'), { recursive: true })
      rmSync(join(folder, 'log/tmp'), { recursive: true })
      expect(filesOf(folder), name).toEqual(filesOf(before))
    }
  })
})

test('a log of many journal files opens with every record, and removes what a checkpoint covers', async () => {
  const living = newFolder()
  const log = await openLog(living, { journalFileBytes: 500 })
  for (let i = 0; i < 60; i += 4) await fill(log, i, i + 4)
  await log.flush()
  for (let i = 60; i < 100; i += 4) await fill(log, i, i + 4)
  const folder = snapshot(living)
  await log.close()
  rmSync(join(folder, 'log/lock'))
  const again = await openLog(folder)
  expect((await again.entries(0, 1000)).map(({ text }) => text)).toEqual(texts(100))
  await again.close()
})

test('opening a log reads its right edge only, however long it is', async () => {
  const folder = newFolder()
  const log = await openLog(folder)
  await fill(log, 0, 600)
  await log.close()
  for (const path of ['entries/000', 'entries/001', '0/000', '0/001']) {
    rmSync(join(folder, 'log/tile', path))
  }
  const again = await openLog(folder)
  expect(again.checkpoint()).toEqual(log.checkpoint())
  await again.close()
})

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at < 0 ? bytes.length + at : at]! ^= 1
  writeFileSync(path, bytes)
}
