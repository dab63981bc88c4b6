import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSigningKey, signNote } from '@merlon/crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { fill, key, newFolder, openLog, origin, snapshot, trust } from './audit.test-support.ts'
import { after, closedLog, killedLog, rules, verify, witnessed } from './verify.test-support.ts'
import { witnessFileName } from './witness.ts'

let closed = ''
let killed = ''
beforeAll(async () => {
  closed = await closedLog()
  killed = await killedLog()
})

describe('a sound log', () => {
  test('is whole with a copy from elsewhere, closed or killed', async () => {
    expect(await verify(closed)).toMatchObject({
      verdict: 'whole',
      records: 300,
      signedRecords: 300,
      anchoredRecords: 300,
      skipped: [],
    })
    expect(await verify(killed)).toMatchObject({
      verdict: 'whole',
      records: 284,
      signedRecords: 280,
      anchoredRecords: 280,
    })
    const copy = { ...trust, checkpoint: join(closed, 'witness', witnessFileName(origin)) }
    expect((await verify(closed, copy)).verdict).toBe('whole')
  })

  test('is only consistent without a copy, and says that truncation was not checked', async () => {
    const { verdict, skipped, findings } = await verify(closed, trust)
    expect({ verdict, findings }).toEqual({ verdict: 'consistent', findings: [] })
    expect(skipped).toEqual([{ what: 'truncation', why: 'no checkpoint copy from elsewhere' }])
    const empty = await verify(closed, { ...trust, witnesses: [newFolder()] })
    expect(empty.verdict).toBe('consistent')
    expect(empty.skipped.map(({ why }) => why)).toContain('it holds no copy for example.com/audit')
  })

  test('is only consistent without a public key', async () => {
    const { verdict, skipped } = await verify(closed, { witnesses: [join(closed, 'witness')] })
    expect(verdict).toBe('consistent')
    expect(skipped.map(({ what }) => what)).toEqual(['signatures'])
  })

  test('that is missing is an error, and one without records is not whole', async () => {
    const folder = newFolder()
    await expect(verify(folder)).rejects.toMatchObject({ code: 'AUDIT_NOT_FOUND' })
    await expect(
      verify(closed, { ...trust, checkpoint: join(folder, 'absent') }),
    ).rejects.toMatchObject({ code: 'AUDIT_NOT_FOUND' })
    await (await openLog(folder, { witnesses: [join(folder, 'witness')] })).close()
    const { verdict, skipped } = await verify(folder)
    expect(verdict).toBe('consistent')
    expect(skipped.map(({ why }) => why)).toContain('the log is empty')
  })

  test('stays sound while its writer goes on', async () => {
    const folder = newFolder()
    const log = await openLog(folder, { witnesses: [join(folder, 'witness')], checkpointMs: 1 })
    log.append({ kind: 'test' })
    await log.flush()
    for (let round = 0; round < 30; round++) {
      const writing = fill(log, 0, 40)
      const { verdict, findings } = await verify(folder)
      expect(findings).toEqual([])
      expect(verdict).toBe('whole')
      await writing
    }
    await log.close()
  })
})

describe('a log that was set back', () => {
  test('whole, with its checkpoint and tiles, is found by a copy from elsewhere and by nothing else', async () => {
    const folder = newFolder()
    const log = await openLog(folder, { witnesses: [join(folder, 'witness')] })
    await fill(log, 0, 40)
    await log.flush()
    const before = snapshot(join(folder, 'log'))
    await fill(log, 40, 300)
    await log.close()
    rmSync(join(folder, 'log'), { recursive: true })
    cpSync(before, join(folder, 'log'), { recursive: true })
    expect(await verify(folder, trust)).toMatchObject({ verdict: 'consistent', findings: [] })
    expect(await rules(folder)).toEqual(['audit/truncated:40'])
    const checkpoint = join(folder, 'witness', witnessFileName(origin))
    expect(await rules(folder, { ...trust, checkpoint })).toEqual(['audit/truncated:40'])
  })

  test('in its checkpoint alone is found by its own tiles', async () => {
    const folder = newFolder()
    const log = await openLog(folder)
    await fill(log, 0, 40)
    await log.flush()
    const old = readFileSync(join(folder, 'log/checkpoint'))
    await fill(log, 40, 60)
    await log.close()
    writeFileSync(join(folder, 'log/checkpoint'), old)
    expect(await rules(folder, trust)).toEqual([
      'audit/checkpoint-behind:log/tile/entries/000.p/60',
      'audit/checkpoint-behind:log/tile/0/000.p/60',
    ])
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'AUDIT_TRUNCATED' })
  })
})

describe('a rewritten history', () => {
  const forge = async (size: number): Promise<string> => {
    const folder = newFolder()
    const log = await openLog(folder)
    await fill(log, 1, size + 1)
    await log.close()
    return folder
  }

  test('of the same size or longer, signed by the same key, is found by a copy from elsewhere', async () => {
    for (const size of [300, 500]) {
      const forged = await forge(size)
      expect((await verify(forged, trust)).findings).toEqual([])
      const options = witnessed(closed)
      const { verdict, findings } = await verify(forged, options)
      expect({ verdict, rules: findings.map(({ rule }) => rule) }).toEqual({
        verdict: 'broken',
        rules: ['audit/forked'],
      })
    }
  })

  test('that the key did not sign is found without any copy', async () => {
    const forged = await forge(300)
    cpSync(join(closed, 'log/checkpoint'), join(forged, 'log/checkpoint'))
    expect(await rules(forged, trust)).toEqual(['audit/root-mismatch:log/checkpoint'])
  })

  test('signed by another key or under another name is found', async () => {
    const note = (text: string, name: string, by = key) => signNote(text, name, by)
    const root = Buffer.alloc(32).toString('base64')
    for (const text of [
      note(`${origin}\n300\n${root}\n`, origin, generateSigningKey()),
      note(`other\n300\n${root}\n`, 'other'),
      note(`other\n300\n${root}\n`, origin),
      note(`${origin}\n0300\n${root}\n`, origin),
      note(`${origin}\n300\n${root}\nextension\n`, origin),
    ]) {
      const copy = await after(closed, (log) => writeFileSync(join(log, 'checkpoint'), text))
      expect(await rules(copy)).toEqual(['audit/checkpoint-invalid:log/checkpoint'])
      await expect(openLog(copy)).rejects.toMatchObject({ code: 'AUDIT_CHECKPOINT_INVALID' })
    }
  })
})
