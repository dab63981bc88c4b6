import { appendFile, readFile, writeFile } from 'node:fs/promises'
import type { AuditLog } from '@merlon/audit'
import { z } from 'zod'
import { limits } from '../limits.ts'
import { type LoggedRecord, readRecords } from './logged-record.ts'

const Line = z.object({ index: z.int().min(0), entry: z.record(z.string(), z.json()) })

/**
 * What happened besides decisions: keys, models, assessments, sessions, servers. A projection of the
 * audit log, kept in memory and in a file that spares the next start from reading the whole log.
 */
export class Chronicle {
  readonly #path: string
  #records: LoggedRecord[] = []
  #isFileWhole = true

  private constructor(path: string) {
    this.#path = path
  }

  /** Reads the file and then what the log holds beyond it; a file that does not fit the log is made anew. */
  static async open(path: string, log: AuditLog): Promise<Chronicle> {
    const chronicle = new Chronicle(path)
    const { kept, isWhole } = parseLines(await readFile(path, 'utf8').catch(() => ''))
    const last = kept.at(-1)
    const fits = last === undefined || (await isInLog(log, last))
    const fresh: LoggedRecord[] = []
    let from = fits && last !== undefined ? last.index + 1 : 0
    while (from < log.size) {
      const records = await readRecords(log, from, limits.auditReadBatch)
      if (records.length === 0) break
      fresh.push(...records.filter(({ entry }) => entry.kind !== 'decision'))
      from += records.length
    }
    chronicle.#records = fits ? kept : []
    if (fits && isWhole && kept.length <= 2 * limits.chronicleMax) await chronicle.note(fresh)
    else {
      chronicle.#records = [...chronicle.#records, ...fresh].slice(-limits.chronicleMax)
      await writeFile(path, chronicle.#records.map(lineOf).join(''))
    }
    return chronicle
  }

  /** Newest last. */
  get records(): readonly LoggedRecord[] {
    return this.#records
  }

  /** True if the log holds the event already: its delivery was cut off before it was ticked off. */
  hasEvent(eventId: string): boolean {
    return this.#records.some(({ entry }) => entry.eventId === eventId)
  }

  /** Adds records that are in the log, in its order. */
  async note(records: readonly LoggedRecord[]): Promise<void> {
    if (records.length === 0) return
    this.#records = [...this.#records, ...records].slice(-limits.chronicleMax)
    if (!this.#isFileWhole) return
    try {
      await appendFile(this.#path, records.map(lineOf).join(''))
    } catch {
      // The file only saves time. One with a gap would lie: nothing is added to it any more.
      this.#isFileWhole = false
    }
  }
}

async function isInLog(log: AuditLog, { index, entry }: LoggedRecord): Promise<boolean> {
  if (index >= log.size) return false
  const [logged] = await readRecords(log, index, 1)
  return JSON.stringify(logged?.entry) === JSON.stringify(entry)
}

function lineOf({ index, entry }: LoggedRecord): string {
  return `${JSON.stringify({ index, entry })}\n`
}

/** The lines up to the first damaged one: what follows it cannot be trusted to be complete. */
function parseLines(text: string): { readonly kept: LoggedRecord[]; readonly isWhole: boolean } {
  const kept: LoggedRecord[] = []
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      kept.push(Line.parse(JSON.parse(line)))
    } catch {
      return { kept, isWhole: false }
    }
  }
  return { kept, isWhole: text === '' || text.endsWith('\n') }
}
