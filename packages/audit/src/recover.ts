import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Hash, leafHash, rangeHash, type SigningKey } from '@merlon/crypto'
import { AuditError } from './audit-error.ts'
import { type Checkpoint, openCheckpoint, rootOf, signCheckpoint } from './checkpoint.ts'
import { namesIn, readNote, syncFolder, writeFilesDurably } from './files.ts'
import { type Journal, journalFolder, readJournal } from './journal.ts'
import { parseTilePath, tilePath, tileWidth, widthAt } from './tile-path.ts'
import { nodesFromTiles } from './tree-reader.ts'
import { emptyEdge, growTree, readEdge, type TreeEdge } from './tree-writer.ts'
import type { Witness } from './witness.ts'

/** The file of the log that holds its newest checkpoint. */
export const checkpointPath = 'checkpoint'

/** A log that is ready to be written to. */
export interface Recovered {
  readonly edge: TreeEdge
  readonly checkpoint: Checkpoint
  /** When it was signed; `undefined` if that is now. */
  readonly signedAt: number | undefined
}

/**
 * Brings a log to where its writer left it: every record that was written is put into the tree, a new
 * checkpoint is signed, and the journal is emptied. Refuses whatever a sudden stop cannot have left.
 * @throws AuditError AUDIT_DAMAGED, AUDIT_TRUNCATED, AUDIT_FORKED, AUDIT_CHECKPOINT_INVALID, AUDIT_WITNESS_INVALID
 */
export async function recover(
  folder: string,
  { origin, key }: { readonly origin: string; readonly key: SigningKey },
  witnesses: readonly Witness[],
  onProblem: (problem: AuditError) => void,
): Promise<Recovered> {
  const journal = await readJournal(folder)
  const found = await readCheckpoint(folder, origin, key, journal)
  const size = found?.checkpoint.size ?? 0
  const edge = found === undefined ? emptyEdge : await readEdge(folder, size)
  if (found !== undefined && !rootOf(found.checkpoint).equals(edge.range.root())) {
    throw damaged(folder, 'its tiles do not have the root of its checkpoint')
  }
  const tail = journalTail(folder, journal, size)
  await refuseUnexplainedFiles(folder, size + tail.length)
  await checkWitnesses({ folder, edge, tail }, origin, key, witnesses, onProblem)
  if (found !== undefined && tail.length === 0) {
    await emptyJournal(folder, journal)
    return { edge, checkpoint: found.checkpoint, signedAt: found.at }
  }
  // The tree may only hold what the journal holds on the disk, or a power failure now would look like a cut.
  for (const path of journal.files) await syncFile(join(folder, path))
  const grown = await growTree(folder, edge, tail)
  const { range } = grown.edge
  const checkpoint = signCheckpoint(origin, range.size, range.root(), key)
  const bytes = Buffer.from(checkpoint.note)
  await writeFilesDurably(folder, [{ path: checkpointPath, bytes }])
  for (const path of grown.obsolete) await rm(join(folder, path), { recursive: true, force: true })
  await emptyJournal(folder, journal)
  return { edge: grown.edge, checkpoint, signedAt: undefined }
}

async function readCheckpoint(folder: string, origin: string, key: SigningKey, journal: Journal) {
  const path = join(folder, checkpointPath)
  try {
    const found = await readNote(path)
    if (found !== undefined) {
      return { checkpoint: openCheckpoint(found.note, origin, key.publicKey), at: found.at }
    }
  } catch (cause) {
    const message = `${path} is not signed by this key as ${origin}; check both, then run audit verify`
    throw new AuditError('AUDIT_CHECKPOINT_INVALID', message, { cause })
  }
  // The first checkpoint is written before anything else.
  if (journal.files.length > 0 || (await namesIn(join(folder, 'tile'))).length > 0) {
    throw damaged(folder, 'its checkpoint is missing')
  }
  return undefined
}

/** The records of the journal that are not in the tree yet. */
function journalTail(folder: string, journal: Journal, size: number): readonly Buffer[] {
  const { damage, first, entries, files } = journal
  if (damage !== undefined) {
    throw damaged(folder, `${damage.file} at byte ${damage.offset}: ${damage.why}`)
  }
  if (files.length === 0) return []
  if (first > size) throw damaged(folder, `records ${size} to ${first - 1} are in no file`)
  if (first + entries.length < size) {
    throw damaged(folder, 'its journal ends before its checkpoint')
  }
  return entries.slice(size - first)
}

/** Tiles are written after the journal is on the disk: tiles of more records mean that records were cut off. */
async function refuseUnexplainedFiles(folder: string, size: number): Promise<void> {
  const index = Math.floor(size / tileWidth)
  const full = tilePath({ level: 'entries', index, width: tileWidth })
  const names = await namesIn(join(folder, full, '..'))
  const partial = await namesIn(join(folder, `${full}.p`))
  const beyond = [
    ...names.filter((name) => full.endsWith(`/${name}`)).map(() => full),
    ...partial.map((name) => `${full}.p/${name}`),
  ].filter((path) => (parseTilePath(path)?.width ?? 0) > widthAt('entries', index, size))
  if (beyond.length === 0) return
  const message = `${folder} has ${size} records, but ${beyond[0]} holds more; run audit verify`
  throw new AuditError('AUDIT_TRUNCATED', message)
}

interface Tree {
  readonly folder: string
  readonly edge: TreeEdge
  readonly tail: readonly Buffer[]
}

async function checkWitnesses(
  tree: Tree,
  origin: string,
  key: SigningKey,
  witnesses: readonly Witness[],
  onProblem: (problem: AuditError) => void,
): Promise<void> {
  const size = tree.edge.range.size + tree.tail.length
  for (const witness of witnesses) {
    const copy = await witness.read(origin, key.publicKey).catch((error: unknown) => {
      if (!(error instanceof AuditError) || error.code !== 'AUDIT_WITNESS_UNREACHABLE') throw error
      onProblem(error)
      return undefined
    })
    if (copy === undefined) continue
    if (copy.size > size) {
      const message = `${witness.path} has seen ${copy.size} records, the log holds ${size}: records are missing`
      throw new AuditError('AUDIT_TRUNCATED', message)
    }
    if (!rootOf(copy).equals(await rootAt(tree, copy.size))) {
      const message = `${witness.path} has another root for the first ${copy.size} records`
      throw new AuditError('AUDIT_FORKED', message)
    }
  }
}

async function rootAt({ folder, edge, tail }: Tree, size: number): Promise<Hash> {
  if (size <= edge.range.size) return rangeHash(0, size, nodesFromTiles(folder, edge.range.size))
  const range = edge.range.clone()
  for (const entry of tail.slice(0, size - range.size)) range.append(leafHash(entry))
  return range.root()
}

async function emptyJournal(folder: string, journal: Journal): Promise<void> {
  if (journal.files.length === 0) return
  for (const path of journal.files) await rm(join(folder, path))
  await syncFolder(join(folder, journalFolder))
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}

function damaged(folder: string, why: string): AuditError {
  return new AuditError(
    'AUDIT_DAMAGED',
    `the log in ${folder} is damaged: ${why}; run audit verify`,
  )
}
