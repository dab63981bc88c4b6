import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { spawnMerlon } from './merlon.ts'

/** What `merlon start --json` says once it is up. */
export interface Started {
  readonly url: string
  readonly loginUrl: string
  readonly apiKey: string
  readonly keyId: string
  readonly curl: string
  readonly curlDigit: string
  readonly expectedDigit: number
  readonly auditDir: string
  readonly stateDir: string
  readonly witnesses: readonly string[]
}

export interface Running extends Started {
  readonly process: ChildProcess
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** `merlon start` in a folder, up and answering. Its state is `.merlon` there. */
export async function startMerlon(folder: string, args: readonly string[] = []): Promise<Running> {
  const child = spawnMerlon(['start', '--json', '--port', '0', ...args], { cwd: folder })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const ended = closed.then((code) => {
    throw new Error(`merlon start ended with ${code}: ${stderr}`)
  })
  ended.catch(() => undefined)
  const lines = createInterface({ input: child.stdout! })
  const line = new Promise<string>((resolve) => lines.once('line', resolve))
  const started = JSON.parse(await Promise.race([line, ended])) as Started
  return {
    ...started,
    process: child,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return closed
    },
  }
}
