import { join } from 'node:path'
import { AuditError } from './audit-error.ts'
import { namesIn, readIfThere } from './files.ts'
import { type FrameDamage, parseFrames } from './journal-frame.ts'
import { limits } from './limits.ts'

/** The folder of the log that holds records from when they are written until a checkpoint covers them. */
export const journalFolder = 'journal'

/** What the journal holds: the records [first, first + entries.length). */
export interface Journal {
  readonly first: number
  readonly entries: readonly Buffer[]
  /** Paths below the log's folder, oldest first. */
  readonly files: readonly string[]
  readonly tornBytes: number
  /** The first thing that is wrong; what follows it was not read. */
  readonly damage: (FrameDamage & { readonly file: string }) | undefined
}

/** The path below the log's folder of the journal file that begins with record `first`. */
export function journalPath(first: number): string {
  return `${journalFolder}/${String(first).padStart(16, '0')}`
}

/** Reads the whole journal. A writer may go on meanwhile: what it removes was in a checkpoint before. */
export async function readJournal(folder: string): Promise<Journal> {
  for (let attempt = 0; attempt < limits.readAttemptsMax; attempt++) {
    const names = (await namesIn(join(folder, journalFolder))).sort()
    const contents = await Promise.all(
      names.map((name) => readIfThere(join(folder, journalFolder, name))),
    )
    // A file that went between listing and reading: the writer moved on.
    if (contents.every((bytes) => bytes !== undefined)) return parseJournal(names, contents)
  }
  throw new AuditError('AUDIT_DAMAGED', `the journal in ${folder} changes too fast to be read`)
}

function parseJournal(names: readonly string[], contents: readonly Buffer[]): Journal {
  const files = names.map((name) => `${journalFolder}/${name}`)
  const first = Number(names[0] ?? 0)
  const entries: Buffer[] = []
  let tornBytes = 0
  for (const [i, bytes] of contents.entries()) {
    const file = files[i]!
    const next = first + entries.length
    const wrong = (why: string) => ({ file, offset: 0, index: next, why })
    if (!/^\d{16}$/.test(names[i]!)) {
      return { first: 0, entries, files, tornBytes, damage: wrong('it is not a journal file') }
    }
    const named = Number(names[i]!)
    if (named > next) {
      const damage = { ...wrong(`the next file begins with record ${named}`), gapTo: named }
      return { first, entries, files, tornBytes, damage }
    }
    if (named < next) {
      return { first, entries, files, tornBytes, damage: wrong('two files hold one record') }
    }
    if (tornBytes > 0) {
      return { first, entries, files, tornBytes, damage: wrong('the file before it is incomplete') }
    }
    if (bytes.length > limits.journalFileBytesMax) {
      return { first, entries, files, tornBytes, damage: wrong('it is too long') }
    }
    const parsed = parseFrames(bytes, next)
    for (const entry of parsed.entries) entries.push(entry)
    tornBytes = parsed.tornBytes
    if (parsed.damage !== undefined) {
      return { first, entries, files, tornBytes, damage: { ...parsed.damage, file } }
    }
  }
  return { first, entries, files, tornBytes, damage: undefined }
}
