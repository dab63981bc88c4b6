import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describeWith } from '../../../tools/requirements.ts'
import { storeContract } from './store-contract.test-support.ts'

storeContract('libSQL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'merlon-store-'))
  return {
    url: join(folder, 'state', 'merlon.db'),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
})

describeWith('postgres', 'PostgreSQL', (server) => {
  storeContract('PostgreSQL', async () => {
    const schema = `merlon_test_${randomBytes(6).toString('hex')}`
    const execute = async (statement: string) => {
      const client = new pg.Client(server)
      await client.connect()
      await client.query(statement)
      await client.end()
    }
    await execute(`create schema ${schema}`)
    const url = new URL(server)
    url.searchParams.set('options', `-c search_path=${schema}`)
    return { url: url.href, dispose: () => execute(`drop schema ${schema} cascade`) }
  })
})
