import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { main } from './main.ts'
import type { World } from './world.ts'

const base = mkdtempSync(join(tmpdir(), 'merlon-cli-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** An empty folder that goes when the file's tests are done. */
export function emptyFolder(): string {
  return mkdtempSync(join(base, 'at-'))
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A world in an empty folder, whose signals a test sends by hand. */
export function fakeWorld(changes: Partial<World> = {}) {
  const written = { stdout: '', stderr: '' }
  const listeners = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>()
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text
    },
    isTTY: false,
    columns: 80,
  })
  const world: World = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    readStdin: async () => '',
    env: {},
    cwd: emptyFolder(),
    clock: () => 1_763_000_000_000,
    onSignal(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    ...changes,
  }
  const signal = (name: 'SIGINT' | 'SIGTERM') => {
    for (const listener of listeners) listener(name)
  }
  return { world, written, signal }
}

/** Runs a line of words, split at spaces, and says what came of it. */
export async function run(line: string, changes: Partial<World> = {}): Promise<Ran> {
  const { world, written } = fakeWorld(changes)
  const code = await main(
    line.split(' ').filter((word) => word !== ''),
    world,
  )
  return { code, ...written }
}
