import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, run } from './world.test-support.ts'

test('a key lives from create over list to revoke, and each step is on the record', async () => {
  const cwd = emptyFolder()
  const json = async (line: string) => JSON.parse((await run(`${line} --json`, { cwd })).stdout)

  const created = await json('key create camera-1 --role infer,admin --expires 12h')
  expect(created).toMatchObject({
    schema: 'merlon/key-create/v1',
    name: 'camera-1',
    recorded: true,
  })
  expect(created.expiresAt).toBe(created.createdAt + 12 * 3_600_000)
  const [listed] = (await json('key list')).keys
  expect(listed).toMatchObject({ id: created.id, roles: ['infer', 'admin'], state: 'live' })
  expect(JSON.stringify(listed)).not.toContain(created.key)

  const refused = await run('key revoke camera-1', { cwd })
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')])
  expect((await json('key revoke camera-1 --dry-run')).wouldRevoke).toHaveLength(1)
  expect((await json('key revoke camera-1 --yes')).id).toBe(created.id)
  expect((await json('key list')).keys[0].state).toBe('revoked')
  expect((await run('key revoke camera-2 --yes', { cwd })).stderr).toMatch(/^error KEY_UNKNOWN/)

  const { records } = await json('audit show --kind key')
  const actions = records.map(({ entry }: { entry: { action: string } }) => entry.action)
  expect(actions).toEqual(['created', 'revoked'])
  expect((await json('audit verify')).exitCode).toBe(0)
  expect((await json('audit verify --no-witness')).exitCode).toBe(3)
})

test('a flipped byte in the log is found, named, and ends with exit code 1', async () => {
  const cwd = emptyFolder()
  await run('key create a', { cwd })
  const folder = join(cwd, '.merlon', 'audit')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  const bundle = files.find((file) => file.isFile() && file.parentPath.includes('entries'))
  const path = join(bundle?.parentPath ?? '', bundle?.name ?? '')
  const bytes = readFileSync(path)
  bytes[20]! ^= 1
  writeFileSync(path, bytes)
  const { code, stdout } = await run('audit verify', { cwd })
  expect(code).toBe(1)
  expect(stdout).toMatch(/critical audit\//)
  expect(stdout).toMatch(/verdict findings \(exit code 1\)\n$/)
})

test('without state there is a sentence that says how to begin', async () => {
  const { code, stderr } = await run('audit verify')
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^error STATE_MISSING: .*merlon start/)])
})

test('an empty installation says what to do instead of showing nothing', async () => {
  expect((await run('key list')).stdout).toContain('merlon key create')
  expect((await run('model list')).stdout).toContain('merlon.yaml')
})

test('a time that is none is refused', async () => {
  const { code, stderr } = await run('key create a --expires soon')
  expect([code, stderr]).toEqual([2, expect.stringContaining('30d')])
})
