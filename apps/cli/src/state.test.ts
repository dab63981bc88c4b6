import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawDigits, writeIdxFolder } from '@merlon/dataset'
import { buildMlp } from '@merlon/model'
import { describe, expect, test } from 'vitest'
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

test('an empty installation says what to do instead of showing nothing, and stays empty', async () => {
  const cwd = emptyFolder()
  expect((await run('key list', { cwd })).stdout).toContain('merlon key create')
  expect((await run('model list', { cwd })).stdout).toContain('merlon.yaml')
  expect(readdirSync(cwd)).toEqual([])
})

test('a key that nobody has is unknown before anything is confirmed', async () => {
  for (const flag of ['', '--dry-run', '--yes']) {
    const { code, stderr } = await run(`key revoke nobody ${flag}`)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error KEY_UNKNOWN: /)])
  }
})

test('a role that no route takes is made, with a warning', async () => {
  const { cwd } = await project()
  const typo = await run('key create a --role infre', { cwd })
  expect([typo.code, typo.stderr]).toEqual([0, expect.stringContaining('takes the role infre')])
  expect((await run('key create b --role infer', { cwd })).stderr).not.toContain('warning')
})

/** A folder with a model, data and a configuration that names both. */
async function project() {
  const cwd = emptyFolder()
  const model = buildMlp({ inputShape: [1, 28, 28], classes: 10, hidden: [16], seed: 1 })
  writeFileSync(join(cwd, 'm.onnx'), model)
  await writeIdxFolder(join(cwd, 'd'), drawDigits({ count: 20, seed: 1 }), 'test')
  const config = `version: 1
models: {camera: {path: m.onnx}}
datasets: {samples: {path: d}}
routes: {/v2/models/camera: {model: camera, auth: {roles: [infer]}}}
`
  writeFileSync(join(cwd, 'merlon.yaml'), config)
  const assess = async (more: string) =>
    JSON.parse((await run(`assess ${more} -a fgsm -e 0.05 --json`, { cwd })).stdout)
  return { cwd, assess }
}

describe('the report of an assessment', () => {
  test('is kept for the console and on the record, once there is an installation', async () => {
    const { cwd, assess } = await project()
    expect((await assess('camera -d samples')).kept).toBeNull()
    expect(existsSync(join(cwd, '.merlon'))).toBe(false)

    await run('key create a', { cwd })
    const { kept } = await assess('camera -d samples')
    expect(kept).toEqual({ id: expect.any(String), url: null })
    const shown = await run('audit show --kind assessment --json', { cwd })
    const records = JSON.parse(shown.stdout).records.map(({ entry }: { entry: object }) => entry)
    expect(records).toMatchObject([
      { action: 'started', id: kept.id, model: 'camera', data: 'samples' },
      { action: 'finished', id: kept.id },
    ])
    expect((await run('audit verify', { cwd })).code).toBe(0)
  })

  test('is not kept where --no-keep says so, or for a model that is not of the installation', async () => {
    const { cwd, assess } = await project()
    await run('key create a', { cwd })
    expect((await assess('camera -d samples --no-keep')).kept).toBeNull()
    expect((await assess('m.onnx -d d')).kept).toBeNull()
  })

  test('stands even if it cannot be kept', async () => {
    const { cwd } = await project()
    await run('key create a', { cwd })
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(cwd, `.merlon/merlon.db${end}`), { force: true })
    mkdirSync(join(cwd, '.merlon', 'merlon.db'))
    const { stdout, stderr } = await run('assess camera -d samples -a fgsm', { cwd })
    expect(stdout).toMatch(/^verdict /m)
    expect(stderr).toContain('warning the report is not kept for the console')
  })

  test.each([
    ['assess camrea -d samples', 'did you mean camera?'],
    ['assess camera -d smaples', 'did you mean samples?'],
    ['assess zzzzz -d samples', 'it names camera'],
  ])('%s means a name of merlon.yaml', async (line, says) => {
    const { cwd } = await project()
    const { code, stderr } = await run(line, { cwd })
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
  })
})

test('a time that is none is refused', async () => {
  const { code, stderr } = await run('key create a --expires soon')
  expect([code, stderr]).toEqual([2, expect.stringContaining('30d')])
})
