import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = `${root}apps/cli/bin/merlon.mjs`

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Runs the built command line as a user would and waits for its end. */
export function merlon(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return ended(spawn(process.execPath, [bin, ...args], spawnOptions(options)), options.input)
}

/** Runs a line of shell with `merlon` on the path. */
export function shell(script: string, options: RunOptions = {}): Promise<Ended> {
  const path = `${root}node_modules/.bin:${process.env.PATH ?? ''}`
  const env = { ...options.env, PATH: path }
  return ended(
    spawn('bash', ['-euo', 'pipefail', '-c', script], spawnOptions({ ...options, env })),
    options.input,
  )
}

/** Starts the command line and hands back the process, for commands that stay up. */
export function spawnMerlon(args: readonly string[], options: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [bin, ...args], spawnOptions(options))
}

function spawnOptions({ cwd, env }: RunOptions) {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('MERLON_')),
  )
  return { cwd: cwd ?? root, env: { ...inherited, NO_COLOR: '1', ...env } }
}

function ended(child: ChildProcess, input?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin?.end(input ?? '')
  })
}
