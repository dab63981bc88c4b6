import type { AuditLog } from '@merlon/audit'
import type { Json } from '@merlon/core'

/** A record of the audit log with its place. */
export interface LoggedRecord {
  readonly index: number
  readonly entry: { readonly [name: string]: Json | undefined }
}

/** Records from `from` on, at most `count`. */
export async function readRecords(
  log: AuditLog,
  from: number,
  count: number,
): Promise<LoggedRecord[]> {
  const entries = await log.entries(from, count)
  return entries.map(({ index, value }) => ({ index, entry: value }))
}

/** The text of a member, or undefined where it is no text. */
export function textOf(entry: LoggedRecord['entry'], name: string): string | undefined {
  const value = entry[name]
  return typeof value === 'string' ? value : undefined
}

/** The number of a member, or undefined where it is no number. */
export function numberOf(entry: LoggedRecord['entry'], name: string): number | undefined {
  const value = entry[name]
  return typeof value === 'number' ? value : undefined
}
