import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { filesOf, origin, snapshot, textOf } from './audit.test-support.ts'
import { encodeBundle, parseBundle } from './bundle.ts'
import { encodeFrame } from './journal-frame.ts'
import {
  after,
  closedLog,
  entriesFile,
  killedLog,
  rewrite,
  rules,
  verify,
} from './verify.test-support.ts'
import { witnessFileName } from './witness.ts'

let closed = ''
let killed = ''
beforeAll(async () => {
  closed = await closedLog()
  killed = await killedLog()
})

describe('one flipped bit', () => {
  test('anywhere in a closed log is found', async () => {
    await flipEverywhere(closed)
  }, 1_800_000)

  test('anywhere in a killed log is found, its journal included', async () => {
    await flipEverywhere(killed)
  }, 1_800_000)

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
