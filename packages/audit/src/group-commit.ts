import { AuditError, systemCode } from './audit-error.ts'
import { encodeFrame } from './journal-frame.ts'
import type { JournalWriter } from './journal-writer.ts'

/** What `append` gives back. Neither promise needs to be awaited: a failure is reported anyway. */
export interface AppendReceipt {
  readonly index: number
  /** With the operating system: survives the end of this process, even by kill -9. */
  readonly written: Promise<void>
  /** On the disk (fdatasync): survives a power failure. */
  readonly durable: Promise<void>
}

export interface GroupCommitOptions {
  readonly groupMs: number
  readonly groupRecords: number
  readonly onFailure: (problem: AuditError) => void
}

/** Records that were appended in one turn of the event loop: they share one write and one fate. */
interface Batch {
  readonly first: number
  readonly frames: Buffer[]
  readonly written: Outcome
  readonly durable: Outcome
}

interface Outcome {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: AuditError) => void
}

/**
 * Joins the records of one turn into one write, and writes into one fdatasync. The first failure is
 * final: what reached the disk is not known, so nothing more is accepted (see fsync(2), EIO).
 */
export class GroupCommit {
  readonly #journal: JournalWriter
  readonly #options: GroupCommitOptions
  #next: number
  #writtenSize: number
  #filling: Batch | undefined
  #unsynced: Batch[] = []
  #writing: Promise<void> | undefined
  #syncing: Promise<void> | undefined
  #syncTimer: NodeJS.Timeout | undefined
  #failure: AuditError | undefined

  constructor(journal: JournalWriter, size: number, options: GroupCommitOptions) {
    this.#journal = journal
    this.#options = options
    this.#next = size
    this.#writtenSize = size
  }

  /** Records that are with the operating system. */
  get writtenSize(): number {
    return this.#writtenSize
  }

  get failure(): AuditError | undefined {
    return this.#failure
  }

  append(entry: Buffer): AppendReceipt {
    const index = this.#next++
    this.#filling ??= {
      first: index,
      frames: [],
      written: outcome(),
      durable: outcome(),
    }
    this.#filling.frames.push(encodeFrame(index, entry))
    this.#writing ??= this.#write()
    const { written, durable } = this.#filling
    return { index, written: written.promise, durable: durable.promise }
  }

  /** Resolves when all that was written is synced; never rejects, see `failure`. */
  async sync(): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing
    if (this.#unsynced.length === 0) return
    this.#syncing = this.#sync()
    await this.#syncing
  }

  /** @throws AuditError AUDIT_WRITE_FAILED */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    await this.sync()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    while (this.#syncing !== undefined) await this.#syncing
    clearTimeout(this.#syncTimer)
  }

  /** Accepts nothing more, and says why to everyone who waits. */
  fail(failure: AuditError): AuditError {
    if (this.#failure !== undefined) return this.#failure
    this.#failure = failure
    for (const batch of [...this.#unsynced, ...(this.#filling ? [this.#filling] : [])]) {
      rejectBatch(batch, failure)
    }
    this.#unsynced = []
    this.#filling = undefined
    this.#options.onFailure(failure)
    return failure
  }

  async #write(): Promise<void> {
    await endOfTurn()
    for (let batch = this.#filling; batch !== undefined; batch = this.#filling) {
      this.#filling = undefined
      try {
        await this.#journal.write(Buffer.concat(batch.frames), batch.first)
      } catch (cause) {
        rejectBatch(batch, this.fail(journalFailure('write', cause)))
        break
      }
      if (this.#failure !== undefined) {
        rejectBatch(batch, this.#failure)
        break
      }
      this.#writtenSize = batch.first + batch.frames.length
      this.#unsynced.push(batch)
      batch.written.resolve()
      this.#syncSoon()
    }
    this.#writing = undefined
  }

  #syncSoon(): void {
    const first = this.#unsynced[0]?.first ?? this.#writtenSize
    if (this.#writtenSize - first >= this.#options.groupRecords) void this.sync()
    else this.#syncTimer ??= setTimeout(() => void this.sync(), this.#options.groupMs)
  }

  async #sync(): Promise<void> {
    clearTimeout(this.#syncTimer)
    this.#syncTimer = undefined
    const batches = this.#unsynced
    this.#unsynced = []
    try {
      await this.#journal.sync()
      for (const { durable } of batches) durable.resolve()
    } catch (cause) {
      const failure = this.fail(journalFailure('sync', cause))
      for (const batch of batches) rejectBatch(batch, failure)
    } finally {
      this.#syncing = undefined
    }
  }
}

function outcome(): Outcome {
  let resolve: () => void = () => undefined
  let reject: (error: AuditError) => void = () => undefined
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  // A caller may look at one of the two promises only; the failure itself is reported once, elsewhere.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}

function rejectBatch({ written, durable }: Batch, failure: AuditError): void {
  written.reject(failure)
  durable.reject(failure)
}

function journalFailure(what: string, cause: unknown): AuditError {
  const message = `the journal of the audit log failed to ${what} (${systemCode(cause)}); restart after repair`
  return new AuditError('AUDIT_WRITE_FAILED', message, { cause })
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
