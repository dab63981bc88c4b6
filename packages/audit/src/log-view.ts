import { inclusionProof } from '@merlon/crypto'
import { AuditError } from './audit-error.ts'
import { type Checkpoint, rootOf } from './checkpoint.ts'
import { type AuditEntry, decodeEntry } from './entry.ts'
import { limits } from './limits.ts'
import { tileWidth } from './tile-path.ts'
import { nodesFromTiles, readBundle, readTile } from './tree-reader.ts'

/** That a record is in the tree of a signed checkpoint; all that is needed besides the record itself. */
export interface InclusionProof {
  readonly index: number
  readonly treeSize: number
  /** Lower-case hex, as all hashes here. */
  readonly rootHash: string
  readonly leafHash: string
  /** From the leaf to the root. */
  readonly hashes: readonly string[]
  /** The signed note. */
  readonly checkpoint: string
}

/** A log at one moment: the records in its tree, and the written records that are not in it yet. */
export interface LogMoment {
  readonly folder: string
  readonly checkpoint: Checkpoint
  /** Records from `checkpoint.size` on. */
  readonly tail: readonly Buffer[]
}

/**
 * One record.
 * @throws AuditError AUDIT_NO_SUCH_RECORD, AUDIT_DAMAGED
 */
export async function entryAt(moment: LogMoment, index: number): Promise<AuditEntry> {
  const [entry] = await entriesAt(moment, index, 1)
  if (entry !== undefined) return entry
  const size = moment.checkpoint.size + moment.tail.length
  throw new AuditError(
    'AUDIT_NO_SUCH_RECORD',
    `there is no record ${index}: the log has ${size}, counted from 0`,
  )
}

/**
 * Up to `count` records from `from` on; fewer at the end of the log, and never more than 10,000.
 * @throws AuditError AUDIT_DAMAGED
 */
export async function entriesAt(
  { folder, checkpoint, tail }: LogMoment,
  from: number,
  count: number,
): Promise<AuditEntry[]> {
  if (!Number.isSafeInteger(from) || from < 0) return []
  const found: AuditEntry[] = []
  const last = checkpoint.size + tail.length
  const end = Math.min(last, from + Math.min(count, limits.entriesPerReadMax))
  for (let index = from; index < Math.min(end, checkpoint.size); ) {
    const number = Math.floor(index / tileWidth)
    const bundle = await readBundle(folder, number, checkpoint.size)
    for (const bytes of bundle.slice(index - number * tileWidth, end - number * tileWidth)) {
      found.push(decodeEntry(index++, bytes))
    }
  }
  for (let index = Math.max(from, checkpoint.size); index < end; index++) {
    found.push(decodeEntry(index, tail[index - checkpoint.size]!))
  }
  return found
}

/**
 * The proof that a record is in the tree of the checkpoint.
 * @throws AuditError AUDIT_NO_SUCH_RECORD, AUDIT_NOT_COVERED, AUDIT_DAMAGED
 */
export async function proofAt(moment: LogMoment, index: number): Promise<InclusionProof> {
  const { folder, checkpoint, tail } = moment
  const { size } = checkpoint
  if (!Number.isSafeInteger(index) || index < 0 || index >= size + tail.length) {
    throw new AuditError('AUDIT_NO_SUCH_RECORD', `there is no record ${index} in the log`)
  }
  if (index >= size) {
    const message = `record ${index} is not in a checkpoint yet; the newest covers ${size} records`
    throw new AuditError('AUDIT_NOT_COVERED', message)
  }
  const hex = (hash: Uint8Array) => Buffer.from(hash).toString('hex')
  const number = Math.floor(index / tileWidth)
  const leaves = await readTile(folder, 0, number, size)
  const proof = await inclusionProof(index, size, nodesFromTiles(folder, size))
  return {
    index,
    treeSize: size,
    rootHash: hex(rootOf(checkpoint)),
    leafHash: hex(leaves[index - number * tileWidth]!),
    hashes: proof.map(hex),
    checkpoint: checkpoint.note,
  }
}
