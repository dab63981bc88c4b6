import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomToken } from '@merlon/crypto'
import { AuditError, systemCode } from './audit-error.ts'
import { draftFolder, readIfThere } from './files.ts'
import { limits } from './limits.ts'

const lockName = 'lock'

/** The right to write to a log, while it is held. */
export interface Lock {
  /** False once the file is gone or belongs to another. */
  isOurs(): Promise<boolean>
  release(): Promise<void>
}

/**
 * Takes the lock of a log. The lock of a process that is gone is taken over.
 * @throws AuditError AUDIT_LOCKED
 */
export async function takeLock(folder: string): Promise<Lock> {
  const path = join(folder, lockName)
  const text = `${process.pid} ${(await startOf(process.pid)) ?? '-'} ${randomToken(12)}\n`
  const draft = join(folder, draftFolder, `lock-${randomToken(6)}`)
  await writeFile(draft, text, { mode: 0o640 })
  try {
    for (let attempt = 0; attempt < limits.lockAttemptsMax; attempt++) {
      if (await linked(draft, path)) return held(path, text)
      await removeIfStale(folder, path)
    }
  } finally {
    await rm(draft, { force: true })
  }
  throw new AuditError('AUDIT_LOCKED', `${path} changes hands; try again`)
}

function held(path: string, text: string): Lock {
  const isOurs = async () => (await readIfThere(path))?.toString('utf8') === text
  return {
    isOurs,
    release: async () => {
      if (await isOurs()) await rm(path)
    },
  }
}

/** @throws AuditError AUDIT_LOCKED if the holder is alive */
async function removeIfStale(folder: string, path: string): Promise<void> {
  const found = (await readIfThere(path))?.toString('utf8')
  if (found === undefined) return
  const [pid, start] = found.slice(0, limits.lockFileBytesMax).split(' ')
  if (await isAlive(Number(pid), start ?? '-')) {
    throw new AuditError(
      'AUDIT_LOCKED',
      `process ${Number(pid)} writes to ${folder}; stop it first`,
    )
  }
  // Two processes may both find the lock stale. Only one can rename it away, and it looks again at
  // what it has: had the other been faster, it would now hold the other's new lock.
  const taken = join(folder, draftFolder, `stale-${randomToken(6)}`)
  try {
    await rename(path, taken)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  if ((await readFile(taken, 'utf8')) !== found) await linked(taken, path)
  await rm(taken, { force: true })
}

/** A process id is used again, in containers at once: the time of its start tells two apart. */
async function isAlive(pid: number, start: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: alive, and another user's.
    if (systemCode(error) === 'ESRCH') return false
  }
  const now = await startOf(pid)
  return now === undefined || start === '-' || now === start
}

/** When a process started, in ticks since the machine did: field 22 of proc(5) stat. Linux only. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field may hold spaces and brackets: what follows its last bracket is regular.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}
