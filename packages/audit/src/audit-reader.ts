import { join } from 'node:path'
import type { PublicKey } from '@merlon/crypto'
import { AuditError } from './audit-error.ts'
import { type Checkpoint, openCheckpoint, unverifiedCheckpoint } from './checkpoint.ts'
import type { AuditEntry } from './entry.ts'
import { readNote } from './files.ts'
import { type Journal, readJournal } from './journal.ts'
import { limits } from './limits.ts'
import { entriesAt, entryAt, type InclusionProof, proofAt } from './log-view.ts'
import { checkpointPath } from './recover.ts'

/** A log as it was at one moment; its writer may go on. */
export interface AuditReader {
  readonly size: number
  /** When the checkpoint was signed: milliseconds since 1970-01-01 UTC, as the file system has it. */
  readonly checkpointAt: number
  checkpoint(): Checkpoint
  /** @throws AuditError AUDIT_NO_SUCH_RECORD, AUDIT_DAMAGED */
  entry(index: number): Promise<AuditEntry>
  entries(from: number, count: number): Promise<AuditEntry[]>
  /** @throws AuditError AUDIT_NOT_COVERED, AUDIT_NO_SUCH_RECORD, AUDIT_DAMAGED */
  prove(index: number): Promise<InclusionProof>
}

/**
 * Looks at a log without locking it. Without `publicKey` the checkpoint's signature is not checked, and
 * nothing but `verifyAuditLog` checks the whole log.
 * @throws AuditError AUDIT_NOT_FOUND, AUDIT_CHECKPOINT_INVALID, AUDIT_DAMAGED
 */
export async function readAuditLog(
  folder: string,
  { origin, publicKey }: { readonly origin?: string; readonly publicKey?: PublicKey } = {},
): Promise<AuditReader> {
  for (let attempt = 0; attempt < limits.readAttemptsMax; attempt++) {
    // The checkpoint first: what it does not cover is still in the journal, unless the writer moved on.
    const { note, at } = await checkpointNote(folder)
    const checkpoint = parse(folder, note, origin, publicKey)
    const journal = await readJournal(folder)
    if (journal.files.length > 0 && journal.first > checkpoint.size) continue
    const tail = tailAfter(folder, checkpoint.size, journal)
    const moment = { folder, checkpoint, tail }
    return {
      size: checkpoint.size + tail.length,
      checkpointAt: at,
      checkpoint: () => checkpoint,
      entry: (index) => entryAt(moment, index),
      entries: (from, count) => entriesAt(moment, from, count),
      prove: (index) => proofAt(moment, index),
    }
  }
  throw new AuditError(
    'AUDIT_DAMAGED',
    `records between checkpoint and journal are missing in ${folder}`,
  )
}

async function checkpointNote(folder: string): Promise<{ note: string; at: number }> {
  const path = join(folder, checkpointPath)
  const found = await readNote(path).catch((cause: unknown) => {
    throw new AuditError('AUDIT_CHECKPOINT_INVALID', `${path} cannot be read`, { cause })
  })
  if (found !== undefined) return found
  throw new AuditError('AUDIT_NOT_FOUND', `there is no audit log in ${folder}; check the path`)
}

function parse(
  folder: string,
  note: string,
  origin: string | undefined,
  publicKey: PublicKey | undefined,
): Checkpoint {
  try {
    return publicKey === undefined
      ? unverifiedCheckpoint(note)
      : openCheckpoint(note, origin, publicKey)
  } catch (cause) {
    const message = `the checkpoint in ${folder} does not verify; run audit verify`
    throw new AuditError('AUDIT_CHECKPOINT_INVALID', message, { cause })
  }
}

function tailAfter(folder: string, size: number, journal: Journal): readonly Buffer[] {
  if (journal.damage === undefined) return journal.entries.slice(Math.max(0, size - journal.first))
  const { file, offset, why } = journal.damage
  throw new AuditError('AUDIT_DAMAGED', `${join(folder, file)} at byte ${offset}: ${why}`)
}
