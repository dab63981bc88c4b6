import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startPostgres } from './postgres.mjs'
import { describeWith } from './requirements.ts'

describeWith('postgres', 'a PostgreSQL of its own', () => {
  test('answers, and leaves neither a process nor a file behind', async () => {
    const { url, stop } = await startPostgres()
    const client = new pg.Client(url)
    client.on('error', () => undefined)
    await client.connect()
    const { rows } = await client.query('show data_directory')
    const folder = dirname(rows[0].data_directory)
    expect(existsSync(folder)).toBe(true)
    // A session that is still open does not hold the server up.
    await stop()
    expect(existsSync(folder)).toBe(false)
    await expect(new pg.Client(url).connect()).rejects.toThrow()
  })
})
