import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSigningKey } from '@merlon/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  filesOf,
  fill,
  naiveRoot,
  newFolder,
  openLog,
  origin,
  snapshot,
  textOf,
  trust,
} from './audit.test-support.ts'
import { readAuditLog } from './audit-reader.ts'
import { verifyAuditLog } from './verify.ts'
import { verifyInclusionProof } from './verify-inclusion.ts'
import { witnessFileName } from './witness.ts'

const codes = (code: string) => expect.objectContaining({ code })

describe('an audit log', () => {
  test('gives indexes at once, writes what it was given, and proves it', async () => {
    const log = await openLog(newFolder())
    const receipts = ['a', 'b', 'c'].map((name) => log.append({ kind: 'test', name }))
    expect(receipts.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(log.size).toBe(3)
    await Promise.all(receipts.flatMap(({ written, durable }) => [written, durable]))
    await expect(log.prove(1)).rejects.toEqual(codes('AUDIT_NOT_COVERED'))
    expect((await log.entry(1)).value).toEqual({ at: 1000, kind: 'test', name: 'b', v: 1 })
    await log.flush()
    const { text } = await log.entry(1)
    expect(text).toBe('{"at":1000,"kind":"test","name":"b","v":1}')
    const proof = await log.prove(1)
    expect(verifyInclusionProof(text, proof, trust)).toBe(true)
    expect(verifyInclusionProof(`${text} `, proof, trust)).toBe(false)
    expect(verifyInclusionProof(text, { ...proof, index: 2 }, trust)).toBe(false)
    const stranger = { origin, publicKey: generateSigningKey().publicKey }
    expect(verifyInclusionProof(text, proof, stranger)).toBe(false)
    await log.close()
  })

  test('holds the bytes that C2SP tlog-tiles says', async () => {
    const folder = newFolder()
    const log = await openLog(folder)
    await fill(log, 0, 258)
    await log.close()
    const files = filesOf(join(folder, 'log'))
    expect([...files.keys()].sort()).toEqual([
      'checkpoint',
      'tile/0/000',
      'tile/0/001.p/2',
      'tile/1/000.p/1',
      'tile/entries/000',
      'tile/entries/001.p/2',
    ])
    expect(files.get('tile/0/000')).toHaveLength(8192)
    const [a, b] = [textOf(256), textOf(257)]
    const length = (text: string) => Buffer.from([0, text.length])
    const bundle = Buffer.concat([length(a), Buffer.from(a), length(b), Buffer.from(b)])
    expect(files.get('tile/entries/001.p/2')).toEqual(bundle)
    const texts = Array.from({ length: 258 }, (_, i) => textOf(i))
    expect(files.get('tile/1/000.p/1')).toEqual(naiveRoot(texts.slice(0, 256)))
    expect(files.get('checkpoint')?.toString()).toMatch(
      /^example\.com\/audit\n258\n.{44}\n\n— example\.com\/audit [A-Za-z0-9+/=]+\n$/,
    )
    expect(log.checkpoint().rootHash).toBe(naiveRoot(texts).toString('base64'))
  })

  test('has the root of a naive tree after any sequence of appends, flushes, reopenings and crashes', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('append' as const),
          count: fc.integer({ min: 1, max: 300 }),
        }),
      },
      fc.record({ kind: fc.constantFrom('flush' as const, 'reopen' as const, 'crash' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        let folder = newFolder()
        let log = await openLog(folder)
        let size = 0
        for (const next of steps) {
          if (next.kind === 'append') {
            await fill(log, size, size + next.count)
            size += next.count
          } else if (next.kind === 'flush') await log.flush()
          else {
            if (next.kind === 'crash') folder = snapshot(folder)
            await log.close()
            rmSync(join(folder, 'log/lock'), { force: true })
            log = await openLog(folder)
          }
        }
        await log.close()
        const texts = Array.from({ length: size }, (_, i) => textOf(i))
        expect(log.checkpoint()).toMatchObject({
          size,
          rootHash: naiveRoot(texts).toString('base64'),
        })
        expect((await log.entries(0, 10_000)).map(({ text }) => text)).toEqual(texts)
      }),
      { numRuns: 15 },
    )
  }, 120_000)

  test('proves every record of a log with several tiles', async () => {
    const folder = newFolder()
    const log = await openLog(folder)
    await fill(log, 0, 600)
    await log.flush()
    for (const index of [0, 1, 255, 256, 300, 511, 512, 599]) {
      const { text } = await log.entry(index)
      expect(text).toBe(textOf(index))
      expect(verifyInclusionProof(text, await log.prove(index), trust)).toBe(true)
    }
    for (const index of [-1, 600, 0.5, Number.NaN]) {
      await expect(log.entry(index)).rejects.toEqual(codes('AUDIT_NO_SUCH_RECORD'))
      await expect(log.prove(index)).rejects.toEqual(codes('AUDIT_NO_SUCH_RECORD'))
    }
    expect(await log.entries(595, 100)).toHaveLength(5)
    expect((await log.entries(250, 10)).map(({ index }) => index)).toEqual([
      250, 251, 252, 253, 254, 255, 256, 257, 258, 259,
    ])
    await log.close()
  })

  test('refuses what cannot be a record, and goes on', async () => {
    const log = await openLog(newFolder())
    const long = 'x'.repeat(65_535)
    for (const bad of [
      { kind: '' },
      { kind: 'test', text: long },
      { kind: 'test', text: '\ud800' },
      { kind: 'test', n: Number.NaN },
    ]) {
      expect(() => log.append(bad)).toThrow(codes('AUDIT_ENTRY_INVALID'))
    }
    const room = 65_535 - '{"at":1000,"kind":"test","text":"","v":1}'.length
    expect(log.append({ kind: 'test', text: 'x'.repeat(room) }).index).toBe(0)
    expect(() => log.append({ kind: 'test', text: 'x'.repeat(room + 1) })).toThrow('65536 bytes')
    await log.close()
    expect(() => log.append({ kind: 'test' })).toThrow(codes('AUDIT_CLOSED'))
  })

  test('publishes a checkpoint by itself', async () => {
    const log = await openLog(newFolder(), { checkpointMs: 1 })
    log.append({ kind: 'test' })
    while (log.checkpoint().size === 0) await new Promise(setImmediate)
    await log.close()
  })

  test('has one writer, and any number of readers', async () => {
    const folder = newFolder()
    const log = await openLog(folder)
    await fill(log, 0, 5)
    await expect(openLog(folder)).rejects.toEqual(codes('AUDIT_LOCKED'))
    const reader = await readAuditLog(join(folder, 'log'), trust)
    expect(reader.size).toBe(5)
    expect(reader.checkpoint().size).toBe(0)
    expect((await reader.entry(4)).text).toBe(textOf(4))
    await log.flush()
    await fill(log, 5, 300)
    await log.flush()
    // The older moment can still be proven: its partial tiles went only when the full ones came.
    expect((await reader.entries(0, 10)).map(({ text }) => text)).toEqual(
      [0, 1, 2, 3, 4].map(textOf),
    )
    const later = await readAuditLog(join(folder, 'log'))
    expect(verifyInclusionProof(textOf(299), await later.prove(299), trust)).toBe(true)
    await log.close()
    await (await openLog(folder)).close()
  })

  test('takes over the lock of a process that is gone, also when its number lives again', async () => {
    const folder = newFolder()
    await (await openLog(folder)).close()
    const lock = join(folder, 'log/lock')
    for (const stale of ['999999999 5 token\n', `${process.pid} 1 token\n`, '', 'rubbish']) {
      writeFileSync(lock, stale)
      await (await openLog(folder)).close()
      expect(existsSync(lock)).toBe(false)
    }
  })

  test('stops when another takes its lock', async () => {
    const folder = newFolder()
    const log = await openLog(folder)
    await fill(log, 0, 3)
    writeFileSync(join(folder, 'log/lock'), `${process.pid} - other\n`)
    await expect(log.flush()).rejects.toEqual(codes('AUDIT_LOCKED'))
    expect(() => log.append({ kind: 'test' })).toThrow(codes('AUDIT_LOCKED'))
    await expect(log.close()).rejects.toEqual(codes('AUDIT_LOCKED'))
    expect(readFileSync(join(folder, 'log/lock'), 'utf8')).toContain('other')
  })

  test('tells everyone who waits when the journal cannot be written, and accepts no more', async () => {
    const folder = newFolder()
    const problems: string[] = []
    const log = await openLog(folder, { onProblem: ({ code }) => problems.push(code) })
    rmSync(join(folder, 'log/journal'), { recursive: true })
    const { written, durable } = log.append({ kind: 'test' })
    await expect(written).rejects.toEqual(codes('AUDIT_WRITE_FAILED'))
    await expect(durable).rejects.toEqual(codes('AUDIT_WRITE_FAILED'))
    expect(() => log.append({ kind: 'test' })).toThrow(codes('AUDIT_WRITE_FAILED'))
    await expect(log.close()).rejects.toEqual(codes('AUDIT_WRITE_FAILED'))
    expect(problems).toEqual(['AUDIT_WRITE_FAILED'])
    await (await openLog(folder)).close()
  })

  test('keeps its records when tiles cannot be written, and publishes them later', async () => {
    const folder = newFolder()
    const problems: string[] = []
    const log = await openLog(folder, { onProblem: ({ code }) => problems.push(code) })
    writeFileSync(join(folder, 'log/tile'), 'in the way')
    await fill(log, 0, 3)
    await expect(log.flush()).rejects.toEqual(codes('AUDIT_WRITE_FAILED'))
    rmSync(join(folder, 'log/tile'))
    await fill(log, 3, 5)
    await log.close()
    expect(log.checkpoint().size).toBe(5)
    expect(await verifyAuditLog(join(folder, 'log'), trust)).toMatchObject({
      records: 5,
      findings: [],
    })
  })

  test('leaves its journal empty only when all of it is in the tree', async () => {
    const folder = newFolder()
    const log = await openLog(folder)
    await fill(log, 0, 3)
    expect(readdirSync(join(folder, 'log/journal'))).toEqual(['0000000000000000'])
    await log.close()
    expect(readdirSync(join(folder, 'log/journal'))).toEqual([])
    expect(readdirSync(join(folder, 'log/tmp'))).toEqual([])
  })
})

describe('a witness', () => {
  test('gets each checkpoint, after the log has it', async () => {
    const folder = newFolder()
    const witness = join(folder, 'elsewhere')
    const copy = () => readFileSync(join(witness, witnessFileName(origin)), 'utf8')
    const log = await openLog(folder, { witnesses: [witness] })
    expect(copy()).toBe(log.checkpoint().note)
    await fill(log, 0, 3)
    await log.flush()
    expect(copy()).toBe(log.checkpoint().note)
    expect(readdirSync(witness)).toEqual(['example.com%2Faudit.checkpoint'])
    await log.close()
  })

  test('that cannot be written loses no record, is reported, and catches up', async () => {
    const folder = newFolder()
    const witness = join(folder, 'elsewhere')
    writeFileSync(witness, 'a file, not a folder')
    const problems: string[] = []
    const log = await openLog(folder, {
      witnesses: [witness],
      onProblem: ({ code }) => problems.push(code),
    })
    await fill(log, 0, 3)
    await log.flush()
    expect(problems).toEqual(['AUDIT_WITNESS_UNREACHABLE', 'AUDIT_WITNESS_UNREACHABLE'])
    expect(log.problem?.code).toBe('AUDIT_WITNESS_UNREACHABLE')
    rmSync(witness)
    await fill(log, 3, 4)
    await log.close()
    expect(log.problem).toBeUndefined()
    expect(readFileSync(join(witness, witnessFileName(origin)), 'utf8')).toBe(log.checkpoint().note)
  })

  test('that is ahead, of another history, or of another log stops the writer', async () => {
    const folder = newFolder()
    const witness = join(folder, 'elsewhere')
    const log = await openLog(folder, { witnesses: [witness] })
    await fill(log, 0, 300)
    await log.flush()
    const earlier = snapshot(folder)
    await fill(log, 300, 400)
    await log.close()
    const copy = join(witness, witnessFileName(origin))
    const newest = readFileSync(copy)

    rmSync(join(earlier, 'log/lock'))
    await expect(openLog(earlier, { witnesses: [witness] })).rejects.toEqual(
      codes('AUDIT_TRUNCATED'),
    )
    const other = await openLog(newFolder())
    await fill(other, 1000, 1010)
    await other.close()
    mkdirSync(witness, { recursive: true })
    writeFileSync(copy, other.checkpoint().note)
    await expect(openLog(folder, { witnesses: [witness] })).rejects.toEqual(codes('AUDIT_FORKED'))
    const foreign = await openLog(newFolder(), { key: generateSigningKey() })
    await foreign.close()
    writeFileSync(copy, foreign.checkpoint().note)
    await expect(openLog(folder, { witnesses: [witness] })).rejects.toEqual(
      codes('AUDIT_WITNESS_INVALID'),
    )
    expect(readFileSync(copy, 'utf8')).toBe(foreign.checkpoint().note)

    writeFileSync(copy, newest)
    await (await openLog(folder, { witnesses: [witness] })).close()
  })

  test('that another log writes to under the same name is not overwritten', async () => {
    const folder = newFolder()
    const witness = join(folder, 'elsewhere')
    const problems: string[] = []
    const log = await openLog(folder, {
      witnesses: [witness],
      onProblem: ({ code }) => problems.push(code),
    })
    const other = await openLog(newFolder())
    await fill(other, 0, 9)
    await other.close()
    writeFileSync(join(witness, witnessFileName(origin)), other.checkpoint().note)
    await fill(log, 0, 3)
    await log.close()
    expect(problems).toEqual(['AUDIT_WITNESS_INVALID'])
    expect(readFileSync(join(witness, witnessFileName(origin)), 'utf8')).toBe(
      other.checkpoint().note,
    )
  })

  test('that lags behind after a kill between the two copies is brought up to date', async () => {
    const folder = newFolder()
    const witness = join(folder, 'elsewhere')
    const log = await openLog(folder, { witnesses: [witness] })
    const old = readFileSync(join(witness, witnessFileName(origin)))
    await fill(log, 0, 3)
    await log.close()
    writeFileSync(join(witness, witnessFileName(origin)), old)
    const again = await openLog(folder, { witnesses: [witness] })
    expect(readFileSync(join(witness, witnessFileName(origin)), 'utf8')).toBe(
      again.checkpoint().note,
    )
    await again.close()
  })
})
