import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolveSettings, type Settings } from './settings.ts'

function project(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-settings-'))
  if (text !== undefined) writeFileSync(join(folder, 'merlon.yaml'), text)
  return folder
}

function row(settings: Settings, key: string) {
  return settings.rows.find((one) => one.key === key)
}

const file = 'version: 1\nlisten:\n  port: 9001\n'

describe('a setting', () => {
  test('comes from the flag before the environment before the file before the default', async () => {
    const cwd = project(file)
    const port = async (flags: object, env: Record<string, string>, at = cwd) => {
      const settings = await resolveSettings({ cwd: at, flags, env })
      return [settings.port, row(settings, 'listen.port')?.origin]
    }
    const env = { MERLON_PORT: '9002' }
    expect(await port({ port: '9003' }, env)).toEqual([9003, 'flag --port'])
    expect(await port({}, env)).toEqual([9002, 'environment MERLON_PORT'])
    expect(await port({}, {})).toEqual([9001, 'merlon.yaml:3'])
    expect(await port({}, {}, project('version: 1\n'))).toEqual([8421, 'default'])
  })

  test('that is empty in the environment counts as absent', async () => {
    const settings = await resolveSettings({
      cwd: project(file),
      flags: {},
      env: { MERLON_PORT: '' },
    })
    expect(settings.port).toBe(9001)
  })

  test('that is no port is refused', async () => {
    for (const port of ['70000', '-1', '8e3', 'http', '80.5']) {
      const asked = resolveSettings({ cwd: project(), flags: { port }, env: {} })
      await expect(asked).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    }
  })
})

describe('the state folder', () => {
  test('is beside merlon.yaml, also when the file is named from elsewhere', async () => {
    const folder = project(file)
    const flags = { config: join(folder, 'merlon.yaml') }
    const settings = await resolveSettings({ cwd: tmpdir(), flags, env: {} })
    expect(settings.stateDir).toBe(join(folder, '.merlon'))
    expect(settings.database).toBe(join(folder, '.merlon', 'merlon.db'))
  })

  test('without a file is in the working directory, and there is no configuration', async () => {
    const cwd = project()
    const settings = await resolveSettings({ cwd, flags: {}, env: {} })
    expect(settings.configPath).toBeUndefined()
    expect(settings.stateDir).toBe(join(cwd, '.merlon'))
  })
})

describe('a secret', () => {
  const url = 'postgres://merlon:hunter2@db/merlon'

  test('is taken from the environment or a file, and never shown', async () => {
    const cwd = project('version: 1\ndatabase: { env: DB }\n')
    const byEnv = await resolveSettings({ cwd, flags: {}, env: { DB: url } })
    expect(byEnv.database).toBe(url)
    expect(JSON.stringify(byEnv.rows)).not.toContain('hunter2')

    const other = project('version: 1\ndatabase: { file: db.secret }\n')
    writeFileSync(join(other, 'db.secret'), `${url}\n`)
    const byFile = await resolveSettings({ cwd: other, flags: {}, env: {} })
    expect(byFile.database).toBe(url)
    expect(JSON.stringify(byFile.rows)).not.toContain('hunter2')
  })

  test('given by a variable of its own is masked as well', async () => {
    const settings = await resolveSettings({
      cwd: project(),
      flags: {},
      env: { MERLON_DATABASE: url },
    })
    expect(settings.database).toBe(url)
    expect(row(settings, 'database')?.value).toBe('postgres://merlon:[secret]@db/merlon')
  })

  test('that is not there is named', async () => {
    const cwd = project('version: 1\ndatabase: { env: NOT_SET }\n')
    await expect(resolveSettings({ cwd, flags: {}, env: {} })).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: expect.stringContaining('NOT_SET'),
    })
  })
})
