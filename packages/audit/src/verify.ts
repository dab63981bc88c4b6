import { join } from 'node:path'
import type { Finding, Skipped } from '@merlon/core'
import type { PublicKey } from '@merlon/crypto'
import { AuditError } from './audit-error.ts'
import { type Checkpoint, openCheckpoint, rootOf, unverifiedCheckpoint } from './checkpoint.ts'
import { readNote } from './files.ts'
import { type Journal, readJournal } from './journal.ts'
import { limits } from './limits.ts'
import { checkpointPath } from './recover.ts'
import { Findings } from './rules.ts'
import { listTileFiles, type TileFiles } from './tile-files.ts'
import { TreeVerifier } from './verify-tree.ts'
import { witnessFileName } from './witness.ts'

/** What is known about a log from elsewhere. */
export interface VerifyOptions {
  /** The name of the log; without it, the name in the checkpoint is believed. */
  readonly origin?: string
  /** Without it no signature is checked, and the verdict is `consistent` at best. */
  readonly publicKey?: PublicKey
  /** The path of a copy of a checkpoint, kept outside the log. */
  readonly checkpoint?: string
  /** Folders that keep copies of this log's checkpoints. */
  readonly witnesses?: readonly string[]
}

/** What there is to say about a log. */
export interface AuditVerification {
  /**
   * `whole`: signed, and everything that a copy from elsewhere has seen is there. `consistent`: nothing is
   * wrong, but something was not checked: see `skipped`. `broken`: see `findings`.
   */
  readonly verdict: 'whole' | 'consistent' | 'broken'
  /** Records that were read, those of the journal included. */
  readonly records: number
  /** Records that the log's checkpoint covers; the ones after it are protected by a checksum only. */
  readonly signedRecords: number
  /** Records that a copy from elsewhere covers: cutting the log below this number is found. */
  readonly anchoredRecords: number
  /** Bytes of an incomplete last frame, left by a writer that stopped or is writing: never acknowledged. */
  readonly tornBytes: number
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
  readonly checkpoint: Checkpoint | undefined
}

/**
 * Reads a whole log and recomputes it: every record, tile, root and signature. Works while a writer runs.
 * @throws AuditError AUDIT_NOT_FOUND if there is no log, or no file where a checkpoint copy was said to be
 */
export async function verifyAuditLog(
  folder: string,
  options: VerifyOptions = {},
): Promise<AuditVerification> {
  const findings = new Findings(folder)
  const skipped: Skipped[] = []
  const skip = (what: string, why: string) => skipped.push({ what, why })
  if (options.publicKey === undefined) skip('signatures', 'no public key was given')
  // The order matters while a writer runs. It writes the journal, then tiles, then its checkpoint, then
  // copies; read in the opposite order, each thing is explained by what is read after it.
  const copies = await readCopies(folder, options, findings, skip)
  const files = await listTileFiles(folder)
  const { checkpoint, journal } = await readLog(folder, options, files, findings)
  for (const path of files.unexpected) {
    const evidence = 'it is not named like a tile'
    findings.file('audit/unexpected-file', join(folder, path), 'a file does not belong', evidence)
  }
  reportJournal(folder, journal, checkpoint?.size ?? 0, findings)
  let records = 0
  if (checkpoint === undefined) skip('records', 'there is no valid checkpoint to compare them with')
  else {
    // Behind a gap nobody can say where the journal's records belong.
    const isUsable = journal.first <= checkpoint.size
    const entries = isUsable ? journal.entries : []
    const size = Math.max(checkpoint.size, isUsable ? journal.first + entries.length : 0)
    const sizes = new Set([checkpoint.size, ...copies.map(({ copy }) => copy.size)])
    const tree = new TreeVerifier(
      { folder, checkpoint, journal: { ...journal, entries }, files, sizes },
      findings,
    )
    await tree.run(size)
    records = tree.size
    compareRoot(folder, checkpoint, tree, findings)
    compareCopies(copies, tree, size, findings)
    if (records < size) skip('later records', `records from ${records} on could not be checked`)
    if (size === 0) skip('records', 'the log is empty')
  }
  const anchoredRecords = Math.max(0, ...copies.map(({ copy }) => copy.size))
  if (anchoredRecords === 0) skip('truncation', 'no checkpoint copy from elsewhere')
  if (findings.dropped > 0) skip('findings', `${findings.dropped} more are not listed`)
  const isWhole = skipped.length === 0
  const verdict = findings.list.length > 0 ? 'broken' : isWhole ? 'whole' : 'consistent'
  const { list } = findings
  const { tornBytes } = journal
  const signedRecords = checkpoint?.size ?? 0
  return {
    verdict,
    records,
    signedRecords,
    anchoredRecords,
    tornBytes,
    findings: list,
    skipped,
    checkpoint,
  }
}

interface Copy {
  readonly path: string
  readonly copy: Checkpoint
}

async function readCopies(
  folder: string,
  options: VerifyOptions,
  findings: Findings,
  skip: (what: string, why: string) => void,
): Promise<Copy[]> {
  const copies: Copy[] = []
  const read = async (path: string): Promise<boolean> => {
    try {
      const found = await readNote(path)
      if (found === undefined) return false
      copies.push({ path, copy: openNoteText(found.note, options) })
    } catch (error) {
      const evidence = error instanceof Error ? error.message : 'unknown'
      findings.file('audit/copy-invalid', path, 'a checkpoint copy does not verify', evidence)
    }
    return true
  }
  if (options.checkpoint !== undefined && !(await read(options.checkpoint))) {
    throw new AuditError(
      'AUDIT_NOT_FOUND',
      `there is no checkpoint copy at ${options.checkpoint}; check the path`,
    )
  }
  const origin = options.origin ?? (await claimedOrigin(folder))
  for (const witness of options.witnesses ?? []) {
    if (origin === undefined) skip(`witness ${witness}`, 'the name of the log is not known')
    else if (!(await read(join(witness, witnessFileName(origin))))) {
      skip(`witness ${witness}`, `it holds no copy for ${origin}`)
    }
  }
  return copies
}

async function claimedOrigin(folder: string): Promise<string | undefined> {
  try {
    const found = await readNote(join(folder, checkpointPath))
    return found && unverifiedCheckpoint(found.note).origin
  } catch {
    // What is wrong with the log's own checkpoint is reported where it is verified.
    return undefined
  }
}

function openNoteText(note: string, { origin, publicKey }: VerifyOptions): Checkpoint {
  if (publicKey !== undefined) return openCheckpoint(note, origin, publicKey)
  const checkpoint = unverifiedCheckpoint(note)
  if (origin === undefined || checkpoint.origin === origin) return checkpoint
  throw new Error('it names another origin')
}

/** Reads checkpoint and journal so that they fit, although a writer may move on between the two. */
async function readLog(
  folder: string,
  options: VerifyOptions,
  files: TileFiles,
  findings: Findings,
): Promise<{ checkpoint: Checkpoint | undefined; journal: Journal }> {
  const path = join(folder, checkpointPath)
  for (let attempt = 1; ; attempt++) {
    let checkpoint: Checkpoint | undefined
    let why = 'it is missing'
    try {
      const found = await readNote(path)
      if (found !== undefined) checkpoint = openNoteText(found.note, options)
      else if (files.count === 0 && (await readJournal(folder)).files.length === 0) {
        throw new AuditError(
          'AUDIT_NOT_FOUND',
          `there is no audit log in ${folder}; check the path`,
        )
      }
    } catch (error) {
      if (error instanceof AuditError) throw error
      why = error instanceof Error ? error.message : 'unknown'
    }
    const journal = await readJournal(folder)
    const isBehind = checkpoint !== undefined && journal.first > checkpoint.size
    if (isBehind && journal.files.length > 0 && attempt < limits.readAttemptsMax) continue
    if (checkpoint === undefined) {
      findings.file('audit/checkpoint-invalid', path, 'the checkpoint does not verify', why)
    }
    return { checkpoint, journal }
  }
}

function reportJournal(folder: string, journal: Journal, size: number, findings: Findings): void {
  const { damage, files, first, entries } = journal
  if (damage?.gapTo !== undefined) {
    const { index, gapTo } = damage
    const which =
      gapTo - index === 1 ? `record ${index} was` : `records ${index} to ${gapTo - 1} were`
    const evidence = `${join(folder, damage.file)} at byte ${damage.offset}: ${damage.why}`
    findings.record('audit/record-removed', index, `${which} removed`, evidence)
  } else if (damage !== undefined) {
    const path = join(folder, damage.file)
    const title = `the journal was changed at record ${damage.index}`
    findings.file('audit/journal-changed', path, title, damage.why, damage.offset)
  } else if (files.length > 0 && first > size) {
    const evidence = `the checkpoint covers ${size} records, the journal begins with record ${first}`
    const title = `records ${size} to ${first - 1} were removed`
    findings.record('audit/record-removed', size, title, evidence)
  } else if (files.length > 0 && first + entries.length < size) {
    const evidence = `it ends before record ${first + entries.length}, the checkpoint covers ${size}`
    const path = join(folder, files.at(-1)!)
    findings.file('audit/journal-changed', path, 'the journal was cut', evidence)
  }
}

function compareRoot(
  folder: string,
  checkpoint: Checkpoint,
  tree: TreeVerifier,
  findings: Findings,
): void {
  const root = tree.root(checkpoint.size)
  if (root === undefined || rootOf(checkpoint).equals(root)) return
  // Where a record is known to be wrong, this is only the consequence.
  if (findings.list.some(({ place }) => place.kind === 'record')) return
  const evidence = `the records have the root ${Buffer.from(root).toString('base64')}, signed was ${checkpoint.rootHash}`
  const title = 'records and tiles agree, but not with the signed root: the log was rewritten'
  findings.file('audit/root-mismatch', join(folder, checkpointPath), title, evidence)
}

function compareCopies(
  copies: readonly Copy[],
  tree: TreeVerifier,
  size: number,
  findings: Findings,
): void {
  for (const { path, copy } of copies) {
    const root = tree.root(copy.size)
    if (copy.size > size) {
      const title = `the log ends before record ${size}`
      const evidence = `${path} was signed when the log held ${copy.size} records`
      findings.record('audit/truncated', size, title, evidence)
    } else if (root !== undefined && !rootOf(copy).equals(root)) {
      const title = `the log does not have the history that was signed for ${copy.size} records`
      const evidence = `the copy has the root ${copy.rootHash}, the log ${Buffer.from(root).toString('base64')}`
      findings.file('audit/forked', path, title, evidence)
    }
  }
}
