import { type AuditEntry, type AuditReader, readAuditLog } from '@merlon/audit'
import type { Json } from '@merlon/core'
import { auditPlace } from '@merlon/server'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { instantText } from '../figures.ts'
import { settingsOf } from '../settings.ts'
import { table } from '../table.ts'

const batch = 1000
/** Records that one filtered list looks through, from the end. */
const scanMax = 100_000

/** `merlon audit show [INDEX]`: records as they stand in the log, also while a server writes it. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options } = invocation
  const { dir, origin, publicKey } = await auditPlace(await settingsOf(invocation))
  const reader = await readAuditLog(dir, { origin, publicKey })
  const [typed] = operands
  if (typed !== undefined) return one(await reader.entry(readIndex(typed)))
  const kind = options.text('kind')
  const found = await last(reader, options.number('last') ?? 20, kind)
  const records = found.entries.map(({ index, text }) => ({ index, entry: parse(text) }))
  return {
    ...(found.isCut
      ? {
          skipped: [{ what: 'older records', why: `only the last ${scanMax} were looked through` }],
        }
      : {}),
    data: { records, size: reader.size },
    text: (paint) =>
      records.length === 0
        ? ['no record of that kind']
        : table(
            [
              { heading: 'record', align: 'right', paint: paint.bold },
              { heading: 'at' },
              { heading: 'kind' },
              { heading: 'what', isFlexible: true },
            ],
            records.map(({ index, entry }) => {
              const { at, kind: of } = entry
              const when = typeof at === 'number' ? instantText(at) : '-'
              return [String(index), when, String(of ?? '-'), summary(entry)]
            }),
            paint,
          ),
    next: records.length === 0 ? [] : [`merlon audit show ${records.at(-1)?.index}`],
  }
}

function one({ index, text, leafHash }: AuditEntry): Outcome {
  const entry = parse(text)
  return {
    data: { index, text, leafHash, entry },
    // The record may hold hostile text: JSON escapes control characters by itself.
    text: () => JSON.stringify(entry, null, 2).split('\n'),
  }
}

async function last(reader: AuditReader, count: number, kind: string | undefined) {
  const found: AuditEntry[] = []
  let end = reader.size
  const stop = Math.max(0, end - scanMax)
  while (end > stop && found.length < count) {
    const size = Math.min(kind === undefined ? count : batch, end - stop)
    const entries = await reader.entries(end - size, size)
    const matching = entries.filter(({ text }) => kind === undefined || parse(text).kind === kind)
    found.unshift(...matching.slice(-(count - found.length)))
    end -= size
  }
  return { entries: found, isCut: kind !== undefined && found.length < count && end > 0 }
}

type Entry = Record<string, Json>

/** The members of a record; a log that was verified holds objects only. */
function parse(text: string): Entry {
  const value: unknown = JSON.parse(text)
  // An object that JSON.parse made holds JSON.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Entry)
    : {}
}

/** What a line says first; the rest of a record is one `audit show INDEX` away. */
const leading = ['action', 'verdict', 'status', 'code', 'name', 'model', 'by', 'method', 'path']

/** `created camera-1 by ada`: the members that tell most, in a fixed order. */
function summary(entry: Entry): string {
  const words = leading.flatMap((name) => {
    const value = entry[name]
    const isShort = typeof value === 'string' || typeof value === 'number'
    return isShort ? [`${name === 'by' ? 'by ' : ''}${String(value).slice(0, 120)}`] : []
  })
  return typeof entry.reason === 'string' ? `${words.join(' ')}: ${entry.reason}` : words.join(' ')
}

/** @throws CliError USAGE */
function readIndex(text: string): number {
  const index = Number(text)
  if (/^\d{1,15}$/.test(text)) return index
  const typed = JSON.stringify(text.slice(0, 40))
  throw new CliError('USAGE', `${typed} is no record number: give a whole number from 0 up`)
}
