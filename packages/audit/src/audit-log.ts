import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, type Clock } from '@merlon/core'
import type { SigningKey } from '@merlon/crypto'
import { AuditError, isSystemError, systemCode } from './audit-error.ts'
import { type Checkpoint, signCheckpoint } from './checkpoint.ts'
import { type AuditEntry, type AuditInput, encodeEntry } from './entry.ts'
import { draftFolder, removeDrafts, writeFilesDurably } from './files.ts'
import { type AppendReceipt, GroupCommit } from './group-commit.ts'
import { journalFolder } from './journal.ts'
import { JournalWriter } from './journal-writer.ts'
import { limits } from './limits.ts'
import { type Lock, takeLock } from './lock.ts'
import { entriesAt, entryAt, type InclusionProof, type LogMoment, proofAt } from './log-view.ts'
import { checkpointPath, type Recovered, recover } from './recover.ts'
import { growTree, type TreeEdge } from './tree-writer.ts'
import { Witness } from './witness.ts'

/** What a log needs to be written. */
export interface AuditLogOptions {
  /** The name of the log, such as `example.com/audit`: it stands in each checkpoint. */
  readonly origin: string
  readonly key: SigningKey
  readonly clock: Clock
  /** Folders outside the log, best on other machines or accounts, that keep a copy of the newest checkpoint. */
  readonly witnesses?: readonly string[]
  /** The longest that a written record waits to be synced. */
  readonly groupMs?: number
  /** So many written records are synced without waiting. */
  readonly groupRecords?: number
  /** The longest that a written record waits for a checkpoint. */
  readonly checkpointMs?: number
  /** A journal file is closed and a new one begun at this length. */
  readonly journalFileBytes?: number
  /** Hears of what went wrong without losing a record, such as a witness that cannot be written. */
  readonly onProblem?: (problem: AuditError) => void
}

/**
 * Opens a log for writing, or begins one. Records of a writer that was killed are recovered first.
 * @throws AuditError AUDIT_LOCKED, AUDIT_DAMAGED, AUDIT_TRUNCATED, AUDIT_FORKED, AUDIT_CHECKPOINT_INVALID, AUDIT_WITNESS_INVALID
 */
export async function openAuditLog(folder: string, options: AuditLogOptions): Promise<AuditLog> {
  const { origin, key, witnesses: folders = [], onProblem = () => undefined } = options
  for (const part of [draftFolder, journalFolder]) {
    await mkdir(join(folder, part), { recursive: true })
  }
  const lock = await takeLock(folder)
  try {
    await removeDrafts(folder)
    const witnesses = folders.map((path) => new Witness(path, origin))
    const recovered = await recover(folder, { origin, key }, witnesses, onProblem)
    const log = new AuditLog(folder, options, { lock, witnesses, recovered })
    await log.copyToWitnesses()
    return log
  } catch (error) {
    await lock.release()
    throw error
  }
}

interface Parts {
  readonly lock: Lock
  readonly witnesses: readonly Witness[]
  readonly recovered: Recovered
}

/** The one writer of a log. `openAuditLog` makes it, `close` ends it. */
export class AuditLog {
  readonly origin: string
  readonly #folder: string
  readonly #options: AuditLogOptions
  readonly #lock: Lock
  readonly #witnesses: readonly Witness[]
  readonly #journal: JournalWriter
  readonly #commit: GroupCommit
  #edge: TreeEdge
  #checkpoint: Checkpoint
  #checkpointAt: number
  /** The records after those in the tree. */
  #pending: Buffer[] = []
  #pendingBytes = 0
  #checkpointTimer: NodeJS.Timeout | undefined
  #publishing: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined
  #problem: AuditError | undefined

  constructor(folder: string, options: AuditLogOptions, { lock, witnesses, recovered }: Parts) {
    this.origin = options.origin
    this.#folder = folder
    this.#options = options
    this.#lock = lock
    this.#witnesses = witnesses
    this.#edge = recovered.edge
    this.#checkpoint = recovered.checkpoint
    this.#checkpointAt = recovered.signedAt ?? options.clock()
    this.#journal = new JournalWriter(folder, options.journalFileBytes)
    const { groupMs = 10, groupRecords = 256 } = options
    this.#commit = new GroupCommit(this.#journal, recovered.checkpoint.size, {
      groupMs,
      groupRecords,
      onFailure: (problem) => this.#report(problem),
    })
  }

  /** How many records there are, those still on their way to the disk included. */
  get size(): number {
    return this.#edge.range.size + this.#pending.length
  }

  /** When the newest checkpoint was signed: milliseconds since 1970-01-01 UTC. */
  get checkpointAt(): number {
    return this.#checkpointAt
  }

  /** The newest thing that went wrong, until the next checkpoint goes everywhere without one. */
  get problem(): AuditError | undefined {
    return this.#problem
  }

  /** Why it takes no record any more, until it is opened again; undefined while it takes them. */
  get failure(): AuditError | undefined {
    return this.#commit.failure
  }

  /** The newest checkpoint. */
  checkpoint(): Checkpoint {
    return this.#checkpoint
  }

  /**
   * Appends a record. Its index is settled at once, its fate by the promises of the receipt.
   * @throws AuditError AUDIT_ENTRY_INVALID, AUDIT_CLOSED, AUDIT_OVERLOADED, AUDIT_WRITE_FAILED; then nothing was appended
   */
  append(input: AuditInput): AppendReceipt {
    if (this.#closing !== undefined)
      throw new AuditError('AUDIT_CLOSED', 'the audit log was closed')
    if (this.#commit.failure !== undefined) throw this.#commit.failure
    const entry = encodeEntry(input, this.#options.clock)
    if (this.#pendingBytes + entry.length > limits.pendingBytesMax) {
      const message = `${this.#pending.length} records wait to be stored; slow down or free the disk`
      throw new AuditError('AUDIT_OVERLOADED', message)
    }
    this.#pending.push(entry)
    this.#pendingBytes += entry.length
    this.#checkpointSoon()
    return this.#commit.append(entry)
  }

  /**
   * One record.
   * @throws AuditError AUDIT_NO_SUCH_RECORD, AUDIT_DAMAGED
   */
  entry(index: number): Promise<AuditEntry> {
    return entryAt(this.#moment(), index)
  }

  /** Up to `count` records from `from` on, at most 10,000. */
  entries(from: number, count: number): Promise<AuditEntry[]> {
    return entriesAt(this.#moment(), from, count)
  }

  /**
   * The proof that a record is in the tree of the newest checkpoint.
   * @throws AuditError AUDIT_NOT_COVERED for a record that is newer than the checkpoint, AUDIT_NO_SUCH_RECORD
   */
  prove(index: number): Promise<InclusionProof> {
    return proofAt(this.#moment(), index)
  }

  /**
   * Resolves when every record so far is synced and in a checkpoint.
   * @throws AuditError AUDIT_WRITE_FAILED
   */
  async flush(): Promise<void> {
    await this.#commit.flush()
    await this.#publish()
  }

  /**
   * Puts the last records into a signed checkpoint and gives up the lock.
   * @throws AuditError AUDIT_WRITE_FAILED; opening the log again recovers what was written
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Copies the newest checkpoint to every witness; one that fails is reported. */
  async copyToWitnesses(): Promise<void> {
    this.#problem = undefined
    for (const witness of this.#witnesses) {
      try {
        await witness.write(this.#checkpoint)
      } catch (error) {
        if (!(error instanceof AuditError)) throw error
        this.#report(error)
      }
    }
  }

  async #close(): Promise<void> {
    let isWhole = false
    try {
      await this.flush()
      isWhole = true
    } finally {
      clearTimeout(this.#checkpointTimer)
      await this.#commit.stop()
      await this.#journal.close({ remove: isWhole })
      await this.#lock.release()
    }
  }

  #checkpointSoon(): void {
    if (this.#checkpointTimer !== undefined || this.#pending.length === 0) return
    this.#checkpointTimer = setTimeout(() => {
      this.#checkpointTimer = undefined
      this.#publish()
        .catch((error: unknown) => {
          if (!(error instanceof AuditError)) throw error
          this.#report(error)
        })
        .finally(() => {
          if (this.#closing === undefined && this.#commit.failure === undefined)
            this.#checkpointSoon()
        })
    }, this.#options.checkpointMs ?? 1000)
  }

  #publish(): Promise<void> {
    // One after the other, also after one that failed.
    this.#publishing = this.#publishing
      .catch(() => undefined)
      .then(() => this.#publishOnce())
      .catch((error: unknown) => {
        throw asWriteFailure(error)
      })
    return this.#publishing
  }

  async #publishOnce(): Promise<void> {
    const size = this.#commit.writtenSize
    const count = size - this.#edge.range.size
    assert(count >= 0, 'the tree holds only written records')
    if (count === 0) return
    // First the journal: a tree must never hold a record that a power failure could still take away.
    await this.#commit.sync()
    if (this.#commit.failure !== undefined) throw this.#commit.failure
    if (!(await this.#lock.isOurs())) {
      throw this.#commit.fail(
        new AuditError('AUDIT_LOCKED', `another process took ${this.#folder}`),
      )
    }
    const grown = await growTree(this.#folder, this.#edge, this.#pending.slice(0, count))
    const { origin, key, clock } = this.#options
    const checkpoint = signCheckpoint(origin, size, grown.edge.range.root(), key)
    await writeFilesDurably(this.#folder, [
      { path: checkpointPath, bytes: Buffer.from(checkpoint.note) },
    ])
    this.#edge = grown.edge
    this.#checkpoint = checkpoint
    this.#checkpointAt = clock()
    for (const entry of this.#pending.splice(0, count)) this.#pendingBytes -= entry.length
    // Then the witnesses: a copy must never be ahead of the log, or a crash here would look like a cut.
    await this.copyToWitnesses()
    await this.#journal.prune(size)
    for (const path of grown.obsolete) {
      await rm(join(this.#folder, path), { recursive: true, force: true })
    }
  }

  #moment(): LogMoment {
    return { folder: this.#folder, checkpoint: this.#checkpoint, tail: [...this.#pending] }
  }

  #report(problem: AuditError): void {
    this.#problem = problem
    this.#options.onProblem?.(problem)
  }
}

/** Our own bugs stay what they are; a system call that failed becomes an error with a code. */
function asWriteFailure(cause: unknown): unknown {
  if (!isSystemError(cause)) return cause
  const message = `the audit log cannot be written (${systemCode(cause)}); free or repair the disk`
  return new AuditError('AUDIT_WRITE_FAILED', message, { cause })
}
