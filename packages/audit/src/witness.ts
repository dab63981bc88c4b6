import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PublicKey } from '@merlon/crypto'
import { AuditError, isSystemError, systemCode } from './audit-error.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { readNote, writeFilesDurably } from './files.ts'

/** The name of a log's checkpoint copy in a witness folder. One origin has one name. */
export function witnessFileName(origin: string): string {
  return `${encodeURIComponent(origin)}.checkpoint`
}

/** A folder outside the log that keeps a copy of its newest checkpoint. */
export class Witness {
  readonly path: string
  readonly #folder: string
  readonly #fileName: string
  /** The copy that we know of; anything else in its place was not put there by us. */
  #known: string | undefined

  constructor(folder: string, origin: string) {
    this.#folder = folder
    this.#fileName = witnessFileName(origin)
    this.path = join(folder, this.#fileName)
  }

  /**
   * The copy that is there, or `undefined` if there is none yet.
   * @throws AuditError AUDIT_WITNESS_INVALID, AUDIT_WITNESS_UNREACHABLE
   */
  async read(origin: string, publicKey: PublicKey): Promise<Checkpoint | undefined> {
    try {
      const found = await readNote(this.path)
      if (found === undefined) return undefined
      const checkpoint = openCheckpoint(found.note, origin, publicKey)
      this.#known = found.note
      return checkpoint
    } catch (cause) {
      if (isSystemError(cause)) throw this.#unreachable('read', cause)
      throw this.#invalid('does not verify with this log’s key', cause)
    }
  }

  /**
   * Replaces the copy, whole or not at all.
   * @throws AuditError AUDIT_WITNESS_INVALID, AUDIT_WITNESS_UNREACHABLE
   */
  async write(checkpoint: Checkpoint): Promise<void> {
    const bytes = Buffer.from(checkpoint.note)
    try {
      await mkdir(this.#folder, { recursive: true })
      const found = await readNote(this.path)
      // Evidence of a second log under this name must not be overwritten.
      if (found !== undefined && found.note !== this.#known && found.note !== checkpoint.note) {
        throw this.#invalid('was changed by another since this log wrote it')
      }
      await writeFilesDurably(this.#folder, [{ path: this.#fileName, bytes }], '.')
      this.#known = checkpoint.note
    } catch (cause) {
      if (cause instanceof AuditError) throw cause
      throw this.#unreachable('written', cause)
    }
  }

  #unreachable(what: string, cause: unknown): AuditError {
    const message = `the checkpoint copy ${this.path} cannot be ${what} (${systemCode(cause)})`
    return new AuditError('AUDIT_WITNESS_UNREACHABLE', message, { cause })
  }

  #invalid(why: string, cause?: unknown): AuditError {
    const message = `the checkpoint copy ${this.path} ${why}; it was left as it is`
    return new AuditError('AUDIT_WITNESS_INVALID', message, { cause })
  }
}
