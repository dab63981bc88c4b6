import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from './files.ts'
import { journalFolder, journalPath } from './journal.ts'
import { limits } from './limits.ts'

interface JournalFile {
  readonly path: string
  readonly handle: FileHandle
  bytes: number
}

/** Appends frames to the journal. Calls of `write` must not overlap, nor calls of `sync`; a write and a sync may. */
export class JournalWriter {
  readonly #folder: string
  readonly #fileBytes: number
  #current: JournalFile | undefined
  /** Full files, with the record that follows them. */
  #full: { readonly path: string; readonly end: number }[] = []
  #syncing: Promise<void> = Promise.resolve()
  #ending: Promise<void> = Promise.resolve()

  /** @param fileBytes a file is closed and a new one begun at this length */
  constructor(folder: string, fileBytes: number = limits.journalFileBytes) {
    this.#folder = folder
    this.#fileBytes = fileBytes
  }

  /** Resolves when the frames are with the operating system: they survive the end of this process. */
  async write(frames: Buffer, first: number): Promise<void> {
    if (this.#current !== undefined && this.#current.bytes >= this.#fileBytes) {
      this.#ending = this.#end(this.#current, first)
      await this.#ending
    }
    this.#current ??= await this.#begin(first)
    const file = this.#current
    for (let done = 0; done < frames.length; ) {
      const part = frames.subarray(done, done + limits.writeBytesMax)
      const { bytesWritten } = await file.handle.write(part, 0, part.length, file.bytes)
      done += bytesWritten
      file.bytes += bytesWritten
    }
  }

  /** Resolves when every write that was finished before is on the disk. */
  async sync(): Promise<void> {
    await this.#ending
    if (this.#current === undefined) return
    this.#syncing = this.#current.handle.datasync()
    await this.#syncing
  }

  /** Removes the full files of which every record is below `size`. */
  async prune(size: number): Promise<void> {
    const gone = this.#full.filter(({ end }) => end <= size)
    this.#full = this.#full.filter(({ end }) => end > size)
    for (const { path } of gone) await rm(path)
  }

  /** Ends the journal. Where a checkpoint covers all of it, its files are removed. */
  async close({ remove }: { readonly remove: boolean }): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await current?.handle.close()
    if (!remove) return
    for (const { path } of current === undefined ? this.#full : [...this.#full, current]) {
      await rm(path)
    }
    await syncFolder(join(this.#folder, journalFolder))
  }

  async #begin(first: number): Promise<JournalFile> {
    const path = join(this.#folder, journalPath(first))
    const handle = await open(path, 'wx', 0o640)
    // Without this a power failure could lose the file whose records were called durable.
    await syncFolder(join(this.#folder, journalFolder))
    return { path, handle, bytes: 0 }
  }

  /** A file is on the disk before the next one begins, or a power failure could leave a gap between them. */
  async #end({ path, handle }: JournalFile, end: number): Promise<void> {
    await this.#syncing
    await handle.datasync()
    await handle.close()
    this.#full.push({ path, end })
    this.#current = undefined
  }
}
