import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSigningKey, signNote } from '@merlon/crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  filesOf,
  fill,
  key,
  newFolder,
  openLog,
  origin,
  snapshot,
  textOf,
  trust,
} from './audit.test-support.ts'
import { encodeBundle, parseBundle } from './bundle.ts'
import { encodeFrame } from './journal-frame.ts'
import { type VerifyOptions, verifyAuditLog } from './verify.ts'
import { witnessFileName } from './witness.ts'

/** 300 records that were closed, with older partial tiles beside the newest. */
let closed = ''
/** 280 records in checkpoints and 4 in the journal only, as kill -9 leaves them. */
let killed = ''

beforeAll(async () => {
  closed = newFolder()
  const log = await openLog(closed, { witnesses: [join(closed, 'witness')] })
  for (const [from, to] of [
    [0, 3],
    [3, 250],
    [250, 258],
    [258, 300],
  ] as const) {
    await fill(log, from, to)
    await log.flush()
  }
  await log.close()
  const living = newFolder()
  const other = await openLog(living, { witnesses: [join(living, 'witness')] })
  await fill(other, 0, 5)
  await other.flush()
  await fill(other, 5, 280)
  await other.flush()
  await fill(other, 280, 284)
  killed = snapshot(living)
  await other.close()
})

const witnessed = (folder: string): VerifyOptions => ({
  ...trust,
  witnesses: [join(folder, 'witness')],
})
const verify = (folder: string, options = witnessed(folder)) =>
  verifyAuditLog(join(folder, 'log'), options)
const rules = async (folder: string, options?: VerifyOptions) => {
  const { verdict, findings } = await verify(folder, options)
  expect(verdict).toBe(findings.length > 0 ? 'broken' : verdict)
  return findings.map(({ id }) => id.replace(`${folder}/`, ''))
}

/** Does something to a copy of a log. */
async function after(folder: string, change: (log: string, copy: string) => void): Promise<string> {
  const copy = snapshot(folder)
  change(join(copy, 'log'), copy)
  return copy
}

function rewrite(path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, change(readFileSync(path)))
}

const entriesFile = 'tile/entries/001.p/44'

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
    expect(skipped).toEqual([
      { what: 'truncation', why: 'not checked: no checkpoint copy from elsewhere' },
    ])
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

describe('one flipped bit', () => {
  test('anywhere in a closed log is found', async () => {
    await flipEverywhere(closed)
  }, 600_000)

  test('anywhere in a killed log is found, its journal included', async () => {
    await flipEverywhere(killed)
  }, 600_000)

  test('of a record names that record', async () => {
    for (const index of [256, 257, 280, 299]) {
      const copy = await after(closed, (log) =>
        rewrite(join(log, entriesFile), (bytes) => {
          const at = bytes.indexOf(`"number":${index}`)
          bytes[at + 9]! ^= 1
          return bytes
        }),
      )
      expect(await rules(copy)).toEqual([`audit/record-changed:${index}`])
    }
  })

  test('of a record of a full bundle names that record', async () => {
    for (const index of [0, 100, 255]) {
      const copy = await after(closed, (log) =>
        rewrite(join(log, 'tile/entries/000'), (bytes) => {
          bytes[bytes.indexOf(`"number":${index},`) + 9]! ^= 1
          return bytes
        }),
      )
      expect(await rules(copy)).toEqual([`audit/record-changed:${index}`])
    }
  })

  test('of a length names the record that it belongs to', async () => {
    const copy = await after(closed, (log) =>
      rewrite(join(log, entriesFile), (bytes) => {
        bytes[bytes.indexOf(textOf(270)) - 1]! ^= 1
        return bytes
      }),
    )
    expect(await rules(copy)).toEqual(['audit/record-changed:270'])
  })

  test('of a tile names that tile and no record', async () => {
    for (const path of ['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1']) {
      const copy = await after(closed, (log) =>
        rewrite(join(log, path), (bytes) => {
          bytes[5]! ^= 1
          return bytes
        }),
      )
      expect(await rules(copy)).toEqual([`audit/tile-changed:log/${path}`])
    }
  })

  test('of the checkpoint or of its copy names that file', async () => {
    const copy = await after(closed, (log) => rewrite(join(log, 'checkpoint'), flipByte20))
    expect(await rules(copy)).toEqual(['audit/checkpoint-invalid:log/checkpoint'])
    const name = `witness/${witnessFileName(origin)}`
    const other = await after(closed, (_, folder) => rewrite(join(folder, name), flipByte20))
    expect(await rules(other)).toEqual([`audit/copy-invalid:${name}`])
  })

  test('of the journal names the record', async () => {
    const copy = await after(killed, (log) =>
      rewrite(join(log, 'journal/0000000000000000'), (bytes) => {
        bytes[bytes.indexOf(`"number":282`) + 9]! ^= 1
        return bytes
      }),
    )
    const { findings } = await verify(copy)
    expect(findings.map(({ rule, title }) => [rule, title])).toEqual([
      ['audit/journal-changed', 'the journal was changed at record 282'],
    ])
  })
})

describe('one removed record', () => {
  test('is named, wherever it was in the tree', async () => {
    for (let index = 256; index < 300; index++) {
      const copy = await after(closed, (log) => dropFromBundle(join(log, entriesFile), index - 256))
      const rule = index === 299 ? 'truncated' : 'record-removed'
      expect(await rules(copy)).toEqual([`audit/${rule}:${index}`])
    }
    for (const index of [0, 1, 128, 254, 255]) {
      const copy = await after(closed, (log) =>
        dropFromBundle(join(log, 'tile/entries/000'), index),
      )
      expect(await rules(copy)).toEqual([`audit/record-removed:${index}`])
    }
  })

  test('is named, wherever it was in the journal', async () => {
    for (const index of [0, 100, 279, 280, 281, 282]) {
      const copy = await after(killed, (log) =>
        rewrite(join(log, 'journal/0000000000000000'), (bytes) => {
          const frame = encodeFrame(index, Buffer.from(textOf(index)))
          const at = bytes.indexOf(frame)
          expect(at).toBeGreaterThanOrEqual(0)
          return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + frame.length)])
        }),
      )
      expect(await rules(copy)).toContain(`audit/record-removed:${index}`)
    }
  })

  test('and one that was added are told apart', async () => {
    const copy = await after(closed, (log) =>
      rewrite(join(log, entriesFile), (bytes) => {
        const { entries } = parseBundle(bytes)
        return encodeBundle([...entries.slice(0, 10), Buffer.from(textOf(5)), ...entries.slice(10)])
      }),
    )
    // The file may not hold more than its name says, and the 44 that are read differ from the eleventh on.
    expect(await rules(copy)).toContain('audit/record-changed:266')
  })
})

describe('a cut tail', () => {
  test('is found at every length of every file', async () => {
    for (const folder of [closed, killed]) {
      for (const [path, bytes] of filesOf(join(folder, 'log'))) {
        if (path === 'lock') continue
        for (const length of [0, 1, bytes.length >> 1, bytes.length - 32, bytes.length - 1]) {
          if (length < 0) continue
          const copy = await after(folder, (log) => truncateSync(join(log, path), length))
          const { verdict, tornBytes } = await verify(copy)
          // Only what was never in a checkpoint can go unnoticed: the end of the journal.
          const isTail = path.startsWith('journal/') && length > bytes.length - 4 * 70
          if (isTail) expect(tornBytes).toBeGreaterThan(0)
          else expect(`${path} ${length} ${verdict}`).toBe(`${path} ${length} broken`)
        }
      }
    }
  }, 120_000)

  test('is named by the first record that is gone', async () => {
    const copy = await after(closed, (log) => {
      for (const path of ['tile/entries/001.p', 'tile/0/001.p'])
        rmSync(join(log, path), { recursive: true })
    })
    expect(await rules(copy)).toContain('audit/truncated:256')
    const short = await after(closed, (log) =>
      rewrite(join(log, entriesFile), (bytes) =>
        encodeBundle(parseBundle(bytes).entries.slice(0, 20)),
      ),
    )
    expect(await rules(short)).toEqual(['audit/truncated:276'])
  })

  test('that reaches into the journal is found by the tiles that were written after it', async () => {
    const copy = await after(killed, (log) => rmSync(join(log, 'checkpoint')))
    expect(await rules(copy)).toEqual(['audit/checkpoint-invalid:log/checkpoint'])
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

test('a missing tile, a missing bundle and a file that does not belong are named', async () => {
  const without = (path: string) => after(closed, (log) => rmSync(join(log, path)))
  expect(await rules(await without('tile/0/000'))).toEqual(['audit/file-missing:log/tile/0/000'])
  expect(await rules(await without('tile/1/000.p/1'))).toEqual([
    'audit/file-missing:log/tile/1/000.p/1',
  ])
  expect(await rules(await without('tile/entries/000'))).toEqual(['audit/record-removed:0'])
  const stray = await after(closed, (log) => writeFileSync(join(log, 'tile/0/0001'), 'x'))
  expect(await rules(stray)).toEqual(['audit/unexpected-file:log/tile/0/0001'])
  const renamed = await after(killed, (log) => writeFileSync(join(log, 'journal/notes.txt'), 'x'))
  expect(await rules(renamed)).toEqual(['audit/journal-changed:log/journal/notes.txt'])
})

function flipByte20(bytes: Buffer): Buffer {
  bytes[20]! ^= 1
  return bytes
}

/** Flips a bit of many bytes of every file (`MERLON_LONG=1`: of every byte), in turn, and expects each to be found. */
async function flipEverywhere(folder: string): Promise<void> {
  const copy = snapshot(folder)
  const log = join(copy, 'log')
  for (const [path, bytes] of filesOf(log)) {
    if (path === 'lock') continue
    const every = bytes.length < 500 || process.env.MERLON_LONG === '1' ? 1 : 191
    for (let i = 0; i < bytes.length; i += every) {
      const flipped = Buffer.from(bytes)
      flipped[i]! ^= 1 << (i % 8)
      writeFileSync(join(log, path), flipped)
      const { verdict } = await verify(copy)
      expect(`${path} byte ${i}: ${verdict}`).toBe(`${path} byte ${i}: broken`)
    }
    writeFileSync(join(log, path), bytes)
  }
  expect((await verify(copy)).verdict).toBe('whole')
  expect(readdirSync(log)).toContain('checkpoint')
}

function dropFromBundle(path: string, index: number): void {
  rewrite(path, (bytes) => encodeBundle(parseBundle(bytes).entries.filter((_, i) => i !== index)))
}
