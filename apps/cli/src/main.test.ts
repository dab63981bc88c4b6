import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, run } from './world.test-support.ts'

describe('a command line that is not understood', () => {
  test.each([
    ['asess model.onnx', 'there is no command asess, did you mean assess?'],
    ['assess m.onnx --epsilo 1', 'there is no option --epsilo, did you mean --epsilon?'],
    ['key creat x', 'there is no command creat, did you mean create?'],
    ['assess', 'the argument MODEL is missing'],
    ['assess m.onnx', 'merlon assess needs -d, --data <PATH>'],
    ['assess m.onnx --data d --epsilon much', '--epsilon "much" is not understood'],
    ['assess m.onnx --data d --samples 0', 'it takes a whole number from 1 to 10000000'],
    ['assess m.onnx --data d --norm l7', 'it takes one of linf, l2'],
    ['assess m.onnx extra --data d', 'too many arguments'],
    ['doctor --seed -1', 'it takes a whole number from 0 to 4294967295'],
    ['doctor --fail-on awful', 'it takes one of critical, high, medium, low, info'],
    ['completion tcsh', 'choose bash, zsh, fish'],
    ['audit show many', 'give a whole number'],
  ])('%s', async (line, says) => {
    const { code, stdout, stderr } = await run(line)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error (USAGE|STATE_MISSING): /)
    if (stderr.startsWith('error USAGE')) expect(stderr).toContain(says)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('is an object of the same shape with --json', async () => {
    const { code, stdout } = await run('assess --json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      schema: 'merlon/usage/v1',
      verdict: 'error',
      exitCode: 2,
      findings: [],
      estimates: [],
      skipped: [],
      seed: 0,
      inputs: [],
      error: { code: 'USAGE', message: expect.stringContaining('MODEL') },
    })
  })

  test('shows a stack with --verbose only', async () => {
    expect((await run('explain NOTHING')).stderr).not.toContain('    at ')
    expect((await run('explain NOTHING --verbose')).stderr).toContain('    at ')
  })
})

describe('help', () => {
  test('begins with two examples or more, on stdout, and is no error', async () => {
    for (const line of ['--help', '', 'assess --help', 'key create -h', 'attack pgd --help']) {
      const { code, stdout } = await run(line)
      const examples = stdout.slice(0, stdout.indexOf('\n\n')).match(/^\$ merlon /gm) ?? []
      expect({ line, code }).toEqual({ line, code: 0 })
      expect(examples.length, line).toBeGreaterThanOrEqual(2)
    }
  })

  test('of a group without its verb goes to stderr and is an error', async () => {
    const { code, stdout, stderr } = await run('key')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('revoke KEY')
  })

  test('of one attack shows its options and no other', async () => {
    expect((await run('attack pgd --help')).stdout).toMatch(/^ {2}--restarts/m)
    expect((await run('attack fgsm --help')).stdout).not.toMatch(/^ {2}--restarts/m)
  })
})

test('the version is one line on stdout', async () => {
  expect(await run('--version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' })
})

describe('a broken configuration', () => {
  const cwd = emptyFolder()
  writeFileSync(join(cwd, 'merlon.yaml'), 'version: 1\nroute: {}\n')

  test('is one sentence with file, line and the word that was meant', async () => {
    const { code, stderr } = await run('config show', { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^error CONFIG_INVALID: .*merlon\.yaml:2:1: unknown key "route".*"routes"/,
    )
  })

  test('is a finding of the doctor, and what hangs on it is skipped, not clean', async () => {
    const { code, stdout } = await run('doctor --json', { cwd })
    const { verdict, exitCode, checks, skipped } = JSON.parse(stdout)
    expect([code, exitCode, verdict]).toEqual([1, 1, 'findings'])
    const states = checks.map((check: { name: string; state: string }) => [check.name, check.state])
    expect(states).toContainEqual(['engine', 'ok'])
    expect(states).toContainEqual(['configuration', 'failed'])
    expect(states).toContainEqual(['database', 'skipped'])
    expect(skipped).not.toHaveLength(0)
  })
})

describe('settings', () => {
  test('are shown with who decided them, and a flag beats the environment', async () => {
    const env = { MERLON_PORT: '9001', MERLON_STATE: '/tmp/state' }
    const { stdout } = await run('config show --port 9002 --json', { env })
    const { settings } = JSON.parse(stdout)
    expect(settings).toContainEqual({ key: 'listen.port', value: '9002', origin: 'flag --port' })
    expect(settings).toContainEqual(
      expect.objectContaining({ value: '/tmp/state', origin: 'environment MERLON_STATE' }),
    )
  })
})

describe('colour', () => {
  const isColoured = async (line: string, env = {}) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
    return /\u001b\[/.test((await run(line, { env })).stdout)
  }

  test('is off where no terminal is, on where asked for, and NO_COLOR is heard', async () => {
    expect(await isColoured('explain USAGE')).toBe(false)
    expect(await isColoured('explain USAGE --color')).toBe(true)
    expect(await isColoured('explain USAGE', { FORCE_COLOR: '1' })).toBe(true)
    expect(await isColoured('explain USAGE', { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
    expect(await isColoured('explain USAGE --no-color', { FORCE_COLOR: '1' })).toBe(false)
  })
})

describe('init', () => {
  test('says what it would write, and replaces nothing without --yes', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'merlon.yaml'), 'mine')
    const planned = await run('init --dry-run', { cwd })
    expect(planned.code).toBe(0)
    expect(planned.stdout).toContain('replace merlon.yaml')
    const refused = await run('init', { cwd })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/^error NOT_CONFIRMED: .*merlon\.yaml is already there; --yes/)
  })
})
