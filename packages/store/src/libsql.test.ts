import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import Libsql from 'libsql'
import { afterAll, expect, test } from 'vitest'
import { openLibsql } from './libsql.ts'
import { openStore } from './store.ts'
import { handClock, newKey } from './store-world.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'merlon-libsql-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const open = (name: string) => openStore(join(folder, name), { clock: handClock() })

test('only the owner may read the files', async () => {
  const store = await open('private/state.db')
  await store.keys.create(newKey())
  const modes = readdirSync(join(folder, 'private')).map((name) => {
    return [name, statSync(join(folder, 'private', name)).mode & 0o777]
  })
  expect(modes.sort()).toEqual([
    ['state.db', 0o600],
    ['state.db-shm', 0o600],
    ['state.db-wal', 0o600],
  ])
  expect(statSync(join(folder, 'private')).mode & 0o777).toBe(0o700)
  await store.close()
})

test('a file that others could read is closed to them', async () => {
  writeFileSync(join(folder, 'open.db'), '', { mode: 0o644 })
  await (await open('open.db')).close()
  expect(statSync(join(folder, 'open.db')).mode & 0o777).toBe(0o600)
})

test('a write waits for the write of another, without blocking the thread', async () => {
  const store = await open('busy.db')
  const other = new Libsql(join(folder, 'busy.db'))
  other.exec('begin immediate')
  const writing = store.keys.create(newKey())
  // Timers fire while the write waits: the thread is free.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
  other.exec('commit')
  const key = await writing
  // A connection that was busy once still commits: libSQL left statements in progress here.
  expect((await store.keys.revoke(key.id, 7))?.revokedAt).toBe(7)
  other.close()
  await store.close()
})

test('two processes write to one file at the same time and lose nothing', async () => {
  const store = await open('shared.db')
  const script = fileURLToPath(new URL('./second-process.test-support.ts', import.meta.url))
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    script,
    join(folder, 'shared.db'),
    '30',
  ])
  let talk = ''
  child.stderr.on('data', (bytes: Buffer) => {
    talk += bytes
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for (let i = 0; i < 30; i++) await store.keys.create(newKey('mine'))
  expect([await ended, talk]).toEqual([0, ''])
  const names = (await store.keys.list()).map(({ name }) => name)
  expect(names.filter((name) => name === 'mine')).toHaveLength(30)
  expect(names.filter((name) => name === 'theirs')).toHaveLength(30)
  expect(await store.policyVersion()).toBe(60)
  expect(await store.outbox.pending()).toHaveLength(60)
  await store.close()
})

test('a file that is no database is refused and left as it is', async () => {
  const path = join(folder, 'text.db')
  const text = 'this is a shopping list\n'.repeat(100)
  writeFileSync(path, text)
  await expect(open('text.db')).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE' })
  expect(statSync(path).size).toBe(text.length)
})

test('a full database says so, and takes writes again once there is room', async () => {
  const { db } = openLibsql(join(folder, 'full.db'))
  const pages = (n: number) => sql.raw(`pragma max_page_count = ${n}`).execute(db)
  const write = () =>
    db
      .transaction()
      .execute((tx) => sql`insert into notes values (${'x'.repeat(100_000)})`.execute(tx))
  await db.transaction().execute((tx) => sql`create table notes (text text)`.execute(tx))
  await pages(4)
  await expect(write()).rejects.toMatchObject({ code: 'DATABASE_FULL' })
  await pages(1_000)
  await write()
  expect((await sql`select * from notes`.execute(db)).rows).toHaveLength(1)
  await db.destroy()
})

test('a database of a newer Merlon is refused', async () => {
  await (await open('new.db')).close()
  const future = new Libsql(join(folder, 'new.db'))
  future.exec("insert into schema_steps values ('9999-tomorrow', 99, 0)")
  future.close()
  await expect(open('new.db')).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' })
})

test.each(['', 'https://host/db', 'libsql://host', 'mysql://user:secret@host/db'])(
  '%j is refused: state goes to no place that Merlon does not know',
  async (url) => {
    const refused = openStore(url, { clock: handClock() })
    await expect(refused).rejects.toMatchObject({ code: 'DATABASE_URL_INVALID' })
    await expect(refused).rejects.not.toThrow(/secret/)
  },
)

test('a folder in the place of the file, and a file in the place of the folder, are named', async () => {
  await expect(open('.')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  await expect(open('text.db/state.db')).rejects.toThrow(/text\.db/)
})

test('a PostgreSQL that is not there is named without its password', async () => {
  const refused = openStore('postgres://ada:secret@127.0.0.1:1/merlon', { clock: handClock() })
  await expect(refused).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  await expect(refused).rejects.toThrow(/127\.0\.0\.1:1\/merlon/)
  await expect(refused).rejects.not.toThrow(/secret/)
})
