import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signingKeyFromSeed } from '@merlon/crypto'
import { afterAll } from 'vitest'
import { type AuditLog, type AuditLogOptions, openAuditLog } from './audit-log.ts'

export const origin = 'example.com/audit'
export const key = signingKeyFromSeed(Buffer.alloc(32, 7))
export const trust = { origin, publicKey: key.publicKey }

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder that goes when the tests are done. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-audit-'))
  made.push(folder)
  return folder
}

/** A log in `folder/log` that publishes only when told to. */
export function openLog(folder: string, options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  const quiet = { groupMs: 0, checkpointMs: 1_000_000 }
  return openAuditLog(join(folder, 'log'), { origin, key, clock: () => 1000, ...quiet, ...options })
}

/** Appends records `from` to `to - 1`, and waits until the file has them. */
export async function fill(log: AuditLog, from: number, to: number): Promise<void> {
  for (let i = from; i < to - 1; i++) log.append({ kind: 'test', number: i })
  await log.append({ kind: 'test', number: to - 1 }).written
}

/** The text that `fill` records. */
export function textOf(number: number): string {
  return `{"at":1000,"kind":"test","number":${number},"v":1}`
}

/** A copy of a folder as it is now, as if its writer had been killed. */
export function snapshot(folder: string): string {
  const copy = newFolder()
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** Every file below a folder, by path. */
export function filesOf(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length + 1), readFileSync(path))
  }
  return files
}

/** RFC 6962, section 2.1, word by word, without the product's code. */
export function naiveRoot(entries: readonly string[]): Buffer {
  const hash = (...parts: (Uint8Array | string)[]) => {
    const digest = createHash('sha256')
    for (const part of parts) digest.update(part)
    return digest.digest()
  }
  if (entries.length === 0) return hash()
  if (entries.length === 1) return hash(Uint8Array.of(0), entries[0]!)
  let k = 1
  while (k * 2 < entries.length) k *= 2
  return hash(Uint8Array.of(1), naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)))
}
