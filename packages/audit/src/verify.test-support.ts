import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { fill, newFolder, openLog, snapshot, trust } from './audit.test-support.ts'
import { type VerifyOptions, verifyAuditLog } from './verify.ts'

/** 300 records that were closed, with older partial tiles beside the newest. */
export async function closedLog(): Promise<string> {
  const closed = newFolder()
  const log = await openLog(closed, { witnesses: [join(closed, 'witness')] })
  for (const [from, to] of [
    [0, 3],
    [3, 250],
    [250, 258],
    [258, 300],
  ] as const) {
    await fill(log, from, to)
    await log.flush()
  }
  await log.close()
  return closed
}

/** 280 records in checkpoints and 4 in the journal only, as kill -9 leaves them. */
export async function killedLog(): Promise<string> {
  const living = newFolder()
  const other = await openLog(living, { witnesses: [join(living, 'witness')] })
  await fill(other, 0, 5)
  await other.flush()
  await fill(other, 5, 280)
  await other.flush()
  await fill(other, 280, 284)
  const killed = snapshot(living)
  await other.close()
  return killed
}

/** The bundle that holds records 256 to 299 of the closed log. */
export const entriesFile = 'tile/entries/001.p/44'

export const witnessed = (folder: string): VerifyOptions => ({
  ...trust,
  witnesses: [join(folder, 'witness')],
})

export const verify = (folder: string, options = witnessed(folder)) =>
  verifyAuditLog(join(folder, 'log'), options)

/** The identities of what is found, with paths from the folder on. */
export const rules = async (folder: string, options?: VerifyOptions) => {
  const { verdict, findings } = await verify(folder, options)
  expect(verdict).toBe(findings.length > 0 ? 'broken' : verdict)
  return findings.map(({ id }) => id.replace(`${folder}/`, ''))
}

/** Does something to a copy of a log. */
export async function after(
  folder: string,
  change: (log: string, copy: string) => void,
): Promise<string> {
  const copy = snapshot(folder)
  change(join(copy, 'log'), copy)
  return copy
}

export function rewrite(path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, change(readFileSync(path)))
}
