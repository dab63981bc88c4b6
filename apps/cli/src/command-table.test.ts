import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { attackNames } from '@merlon/attacks'
import { describe, expect, test } from 'vitest'
import { commandTable } from './command-table.ts'
import { completionScript } from './completion-script.ts'
import type { Page } from './pages.ts'
import { buildProgram, readCommandLine } from './program.ts'
import { cliReference } from './reference.ts'
import { run } from './world.test-support.ts'

test('the table holds every command of the surface', () => {
  const paths = commandTable.map(({ path }) => path).sort()
  expect(paths).toEqual([
    'assess',
    'attack',
    'audit show',
    'audit verify',
    'completion',
    'config show',
    'doctor',
    'explain',
    'guard',
    'init',
    'key create',
    'key list',
    'key revoke',
    'model gradient',
    'model gradient-graph',
    'model list',
    'model show',
    'scan',
    'start',
    'train',
    'worker',
  ])
})

test('what completion offers as an attack is what there is', async () => {
  const script = completionScript(await buildProgram('all'), 'bash')
  const offered = /'attack'\) words='([^']*)'/.exec(script)?.[1]?.split(' ')
  expect(offered).toEqual(expect.arrayContaining([...attackNames]))
})

describe.each(commandTable.map((spec) => [spec.path, spec] as const))('merlon %s', (path, spec) => {
  test('has two examples that parse as they stand', async () => {
    expect(spec.examples.length).toBeGreaterThanOrEqual(2)
    for (const { line } of spec.examples) {
      // Shells around it aside: the words from merlon to the end of the command.
      const words = /merlon ([^)|]*)/.exec(line)?.[1]?.trim().split(' ') ?? []
      expect(words.slice(0, path.split(' ').length).join(' ')).toBe(path)
      const request = await readCommandLine(words)
      expect(request.kind).toBe(words.includes('--help') ? 'text' : 'call')
    }
  })

  test('takes --json, --quiet, --verbose, --seed, --fail-on and --state', async () => {
    const program = await buildProgram('all')
    const command = path.split(' ').reduce((at, word) => {
      const next = at.commands.find((one) => one.name() === word)
      expect(next).toBeDefined()
      return next ?? at
    }, program)
    const flags = command.options.map(({ long }) => long)
    for (const flag of ['--json', '--quiet', '--verbose', '--seed', '--fail-on', '--state']) {
      expect(flags).toContain(flag)
    }
    expect(new Set(flags).size).toBe(flags.length)
  })

  test('has code with a run function', async () => {
    expect((await spec.load()).run).toBeTypeOf('function')
  })
})

test('docs/reference/cli.md is current: npx tsx tools/docs-cli.ts makes it', async () => {
  const path = fileURLToPath(new URL('../../../docs/reference/cli.md', import.meta.url))
  expect(readFileSync(path, 'utf8')).toBe(await cliReference())
})

describe('completion', () => {
  test('for bash offers verbs and options where they belong', async () => {
    const script = completionScript(await buildProgram('all'), 'bash')
    const complete = (...words: string[]) => {
      const list = words.map((word) => `'${word}'`).join(' ')
      const setup = `COMP_WORDS=(merlon ${list}); COMP_CWORD=${words.length}; _merlon`
      return execFileSync('bash', ['-c', `${script}\n${setup}; echo "\${COMPREPLY[*]}"`])
        .toString()
        .trim()
        .split(' ')
        .sort()
    }
    expect(complete('a')).toEqual(['assess', 'attack', 'audit'])
    expect(complete('key', '')).toEqual(['--help', 'create', 'list', 'revoke'])
    expect(complete('key', 'create', 'x', '--ro')).toEqual(['--role'])
    expect(complete('attack', 'pgd', '--res')).toEqual(['--restarts', '--resume'])
  })

  test.each(['bash', 'zsh', 'fish'])('for %s is printed on stdout', async (shell) => {
    const { code, stdout, stderr } = await run(`completion ${shell}`)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('revoke')
  })
})

describe('explain', () => {
  test('lists every code with a title, a meaning and what to do, each once', async () => {
    const { stdout } = await run('explain --json')
    const { pages } = JSON.parse(stdout)
    const codes = pages.map(({ code }: { code: string }) => code)
    for (const code of [
      'USAGE',
      'MODEL_UNREADABLE',
      'DATABASE_BUSY',
      'evasion/linf',
      'audit/truncated',
    ]) {
      expect(codes).toContain(code)
    }
    const places = pages.map(({ code, kind, source }: Page) => `${code} ${kind} ${source}`)
    expect(new Set(places).size).toBe(places.length)
  })

  test('of a code that two packages have shows both', async () => {
    const { stdout } = await run('explain SHAPE_MISMATCH')
    expect(stdout).toContain('SHAPE_MISMATCH  error of gateway')
    expect(stdout).toContain('SHAPE_MISMATCH  error of model')
  })

  test('prints a page whatever the case of the code, and means the nearest one', async () => {
    const { code, stdout } = await run('explain model_unreadable')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^MODEL_UNREADABLE {2}error of model\n/)
    const { stderr } = await run('explain MODEL_UNREDABLE')
    expect(stderr).toContain('did you mean MODEL_UNREADABLE?')
  })
})
