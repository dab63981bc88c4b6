import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { StatePaths } from './state-paths.ts'

const RunningFile = z.object({ pid: z.int().min(1), url: z.string(), startedAt: z.int() })

/** Who serves a state folder. */
export type RunningFile = z.infer<typeof RunningFile>

/** The server that runs on a state folder; undefined if none does, or its process is gone. */
export async function runningServer(paths: StatePaths): Promise<RunningFile | undefined> {
  const text = await readFile(paths.server, 'utf8').catch(() => '')
  const parsed = RunningFile.safeParse(jsonOf(text))
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined
}

/** Says who serves. The audit log's lock is what keeps a second one out; this file is for people. */
export async function announceServer(paths: StatePaths, running: RunningFile): Promise<void> {
  const draft = `${paths.server}.${running.pid}.tmp`
  await writeFile(draft, `${JSON.stringify(running)}\n`)
  await rename(draft, paths.server)
}

/** Takes the announcement back. */
export async function withdrawServer(paths: StatePaths): Promise<void> {
  await rm(paths.server, { force: true })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A half-written or foreign file names no server.
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // EPERM: there is such a process, of another user.
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}
