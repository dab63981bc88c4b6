#!/usr/bin/env node
// The one test command. `npm test`: checks, unit and end-to-end tests. `npm run check`: without what
// needs a server or a browser. `npm run test:long`: the same as `npm test`, with the long campaigns.
// What a test needs beyond npm is found here, or installed with apt where that is allowed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, root } from './build.mjs'
import { startPostgres } from './postgres.mjs'

const isCheck = process.argv.includes('--check')
const isLong = process.argv.includes('--long')
const required = new Set((process.env.MERLON_REQUIRE ?? '').split(',').filter(Boolean))

/** Each is a program of its own; a failure is counted like a failed test. */
const checks = [
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.tests.json']],
  ['console types', ['node_modules/typescript/bin/tsc', '-p', 'apps/console']],
  ['format and lint', ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.']],
  ['dead code', ['node_modules/knip/bin/knip.js', '--no-progress']],
]

const failedChecks = []
for (const name of isCheck ? ['packages'] : ['packages', 'console']) {
  if (!build(name)) failedChecks.push(`build of the ${name}`)
}
for (const [name, args] of checks) {
  say(name)
  if (spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status !== 0) {
    failedChecks.push(name)
  }
}

const servers = isCheck ? { env: {}, stop: async () => undefined } : await startServers()
const outcome = runVitest(servers.env)
await servers.stop()
finish(outcome)

/** Finds, installs and starts what the end-to-end tests talk to. */
async function startServers() {
  const env = {}
  install('postgresql', () => glob('/usr/lib/postgresql', /^\d+$/) || onPath('initdb'))
  install('chromium', () => onPath('chromium') || onPath('google-chrome'))
  let stop = async () => undefined
  try {
    const postgres = await startPostgres()
    env.MERLON_TEST_POSTGRES = postgres.url
    stop = postgres.stop
  } catch (error) {
    say(`PostgreSQL did not start: ${error.message}`)
  }
  return { env, stop }
}

function install(debianPackage, isThere) {
  if (isThere()) return
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    say(
      `${debianPackage} is missing: install it (apt-get install ${debianPackage}) to run every test`,
    )
    return
  }
  say(`installing ${debianPackage} for the tests`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env }
  spawnSync('apt-get', ['update', '-qq'], options)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], options)
}

function onPath(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}

function glob(folder, pattern) {
  return existsSync(folder) && readdirSync(folder).some((name) => pattern.test(name))
}

/** @returns {{ passed: number, failed: number, skipped: Map<string, number> }} */
function runVitest(env) {
  say(isCheck ? 'unit tests' : 'unit and end-to-end tests')
  const folder = mkdtempSync(join(tmpdir(), 'merlon-test-'))
  const results = join(folder, 'results.json')
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...(isCheck ? ['--project', 'unit'] : []),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${results}`,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env, ...(isLong ? { MERLON_LONG: '1' } : {}) },
    },
  )
  const outcome = { passed: 0, failed: 0, skipped: new Map() }
  const suites = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')).testResults : []
  rmSync(folder, { recursive: true })
  for (const suite of suites) {
    if (suite.status === 'failed' && suite.assertionResults.length === 0) outcome.failed++
    for (const { status: result, fullName } of suite.assertionResults) {
      if (result === 'passed') outcome.passed++
      else if (result === 'failed') outcome.failed++
      else {
        const why = /\[skipped: ([^\]]+)\]/.exec(fullName)?.[1] ?? 'no reason given'
        outcome.skipped.set(why, (outcome.skipped.get(why) ?? 0) + 1)
      }
    }
  }
  if (status !== 0 && outcome.failed === 0) outcome.failed++
  return outcome
}

/** The reasons of every skip, then one last line that a machine can read. */
function finish({ passed, failed, skipped }) {
  let failures = failed
  for (const name of failedChecks) say(`FAILED: ${name}`)
  failures += failedChecks.length
  let skips = 0
  for (const [why, count] of skipped) {
    const requirement = /^needs (\w+)$/.exec(why)?.[1]
    const isRequired =
      why === 'no reason given' || (requirement !== undefined && required.has(requirement))
    say(`${isRequired ? 'FAILED' : 'skipped'}: ${count} tests: ${why}`)
    if (isRequired) failures += count
    else skips += count
  }
  const checksPassed =
    checks.length - failedChecks.filter((name) => checks.some(([c]) => c === name)).length
  process.stdout.write(`${passed + checksPassed} passed, ${failures} failed, ${skips} skipped\n`)
  process.exitCode = failures === 0 && passed > 0 ? 0 : 1
}

function say(text) {
  process.stdout.write(`-- ${text}\n`)
}
