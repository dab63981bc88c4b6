#!/usr/bin/env node
// Builds what a clone runs: the packages with `tsc -b`, the console with Vite. Each is skipped while
// the digest of its sources is the one it was last built from. An installed copy never comes here.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const stamps = join(root, 'node_modules', '.cache', 'merlon')
const lock = join(stamps, 'building')
const lockWaitMs = 120_000

/** What each build reads, and the command that runs it. */
const targets = {
  packages: {
    sources: ['packages', 'apps/cli', 'apps/server', 'tsconfig.json', 'tsconfig.base.json'],
    says: 'building Merlon from source (once)',
    run: () => command('node_modules/typescript/bin/tsc', ['-b'], root),
  },
  console: {
    sources: ['apps/console', 'packages/api', 'packages/core'],
    says: 'building the console (once)',
    run: () =>
      command(
        'node_modules/vite/bin/vite.js',
        ['build', '--logLevel', 'warn'],
        join(root, 'apps', 'console'),
      ),
  },
}

/**
 * Builds a target unless it is current. Talks on stderr only.
 * @param {keyof typeof targets} name
 * @returns {boolean} false if the build failed; its output has been printed
 */
export function build(name) {
  const target = targets[name]
  const stamp = join(stamps, `${name}.digest`)
  if (isCurrent(stamp, target.sources)) return true
  return alone(() => {
    const digest = digestOf(target.sources)
    if (isCurrent(stamp, target.sources)) return true
    process.stderr.write(`${target.says} ...\n`)
    if (!target.run()) return false
    writeFileSync(stamp, digest)
    return true
  })
}

function isCurrent(stamp, sources) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digestOf(sources)
}

/** SHA-256 over path, size and modification time of each source file: cheap enough for every start. */
function digestOf(sources) {
  const hash = createHash('sha256')
  for (const source of sources) {
    const path = join(root, source)
    if (statSync(path).isDirectory()) addFolder(hash, path)
    else addFile(hash, path)
  }
  return hash.digest('hex')
}

const notSources = new Set(['dist', 'node_modules', 'README.md'])
const notBuilt = /\.(test|test-support)\.tsx?$|\.tsbuildinfo$/

function addFolder(hash, folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (notSources.has(entry.name)) continue
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) addFolder(hash, path)
    else if (!notBuilt.test(entry.name)) addFile(hash, path)
  }
}

function addFile(hash, path) {
  const { size, mtimeMs } = statSync(path)
  hash.update(`${path.slice(root.length)}\0${size}\0${mtimeMs}\n`)
}

/** Runs `work` while no other process of this clone builds. A lock whose process is gone is taken over. */
function alone(work) {
  mkdirSync(stamps, { recursive: true })
  const deadline = performance.now() + lockWaitMs
  while (!take()) {
    const owner = Number(readFileSync(lock, { encoding: 'utf8', flag: 'a+' }))
    if (!isAlive(owner) || performance.now() > deadline) rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  }
  try {
    return work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function command(script, args, cwd) {
  const result = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd,
    // stdout stays free for the result of the command that asked for the build.
    stdio: ['ignore', 2, 2],
  })
  return result.status === 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = build('packages') && build('console') ? 0 : 2
}
